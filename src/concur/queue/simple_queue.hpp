// Python's queue.SimpleQueue: first in, first out, without a bound, and with a put() that never waits.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/error.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/recycled.hpp"
#include "concur/core/timeout.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace concur {

// Where an item lies that is more than a few bytes.
struct item_box : recycled {
    item_box* next = nullptr;  // of those that were given back
    std::uint64_t number = 0;  // likewise: which item it is, so that they lie in order
};

//   Items of some words each, in segments that are linked into one line. Those who put know its end alone, and those
//   who get its front.
//
//   end_   the last segment, and how many of its slots were taken, in one word. One addition takes a slot, which keeps
//          its segment alive: the front does not pass it before it is filled. Who finds no slot left brings a new
//          segment, with the item in it, makes that the end, and then links it to the one before.
//   mark   of each slot, and of each segment's link: `nothing`; `wanted`, somebody waits for it in the line; or what is
//          there now. Who makes it wanted holds the line's lock, and who finds it so does his part under that.
//          Nothing of the user's runs between the addition and the mark.
//
//   The front has two states, and in_line_ says which.
//   false  nobody stands in line. front_ is where the next item is, or will be. All is guarded by gate_.
//   true   items before open_ are nobody else's: given_ of them belong to waiters that have been woken and will come,
//          spare_ to nobody. Who stands in line waits for the mark at open_. All is guarded by the line's lock,
//          and nobody passes the gate.
//   It becomes true under both, false under the line's lock.
//
//   Who got an item may destroy this, though the put() that brought it has not come back.
class item_line {
public:
    // Items of `words` times 8 bytes, `slots` of them in a segment. Throws std::bad_alloc.
    explicit item_line(std::uint32_t words, std::uint32_t slots);
    ~item_line();
    item_line(const item_line&) = delete;
    item_line& operator=(const item_line&) = delete;

    static constexpr std::size_t segment_size = largest_block;
    static constexpr std::size_t link_size = 2 * sizeof(std::uint64_t);
    // As many slots as there is room for.
    static constexpr std::uint32_t slots_for(std::uint32_t words) noexcept {
        return static_cast<std::uint32_t>((segment_size - link_size) / slot_size(words));
    }

    // Throws std::bad_alloc, and has changed nothing then.
    void put(const std::byte* item);

    // The number of the item that was taken, from 1; 0: none was there (in time, or before a stop was asked for).
    std::uint64_t try_take(std::byte* item) noexcept;
    std::uint64_t take(std::byte* item, timeout t, const std::stop_token& stop) noexcept;
    // For whom the line has given one to.
    std::uint64_t take_given(std::byte* item) noexcept;
    // Puts an item that was taken, of one word, the address of its box, to the front again.
    void give_back(item_box& box, std::uint64_t number) noexcept;

    std::size_t size() noexcept;

    [[noreturn]] static void throw_empty();

    static const law_at_address law;

private:
    using mark = atomic<std::uint64_t>;
    struct segment;
    struct place {
        segment* in;
        std::uint32_t index;
    };

    static constexpr std::uint64_t nothing = 0, wanted = 1, filled = 2;
    static constexpr std::uint64_t behind = ~std::uint64_t{0};
    static constexpr int index_shift = 48;
    static constexpr std::uint64_t one_slot = std::uint64_t{1} << index_shift;

    static constexpr std::size_t slot_size(std::uint32_t words) noexcept { return sizeof(mark) + 8 * words; }
    static segment* segment_of(std::uint64_t end) noexcept { return reinterpret_cast<segment*>(end & (one_slot - 1)); }
    static std::uint32_t index_of(std::uint64_t end) noexcept { return static_cast<std::uint32_t>(end >> index_shift); }
    mark& slot(place p) const noexcept;
    void copy(std::byte* to, const std::byte* from) const noexcept;

    segment* make_segment(const std::byte* first);
    void drop_segment(segment* s) const noexcept;
    void put_in_new_segment(const std::byte* item);
    segment* segment_or_step_back(const std::byte* item);
    void fill(place mine, const std::byte* item) noexcept;
    void publish(mark& at, std::uint64_t what) noexcept;
    void publish_to_line(mark& at, std::uint64_t what) noexcept;

    std::uint64_t look(std::byte* item) noexcept;
    std::uint64_t try_take_once(std::byte* item) noexcept;
    std::uint64_t take_in_line(std::byte* item, segment*& left) noexcept;
    std::uint64_t take_plain(std::byte* item, segment*& left) noexcept;
    std::uint64_t take_front(std::byte* item, segment*& left) noexcept;
    std::uint64_t none_at(place p) const noexcept;
    bool go_on(place& p) const noexcept;
    std::size_t taken_slots_from(place p) const noexcept;
    std::size_t size_from(place p) noexcept;

    void enter_line() noexcept;
    void leave_line(line_at& line) noexcept;
    bool pass_open() noexcept;
    bool reserve() noexcept;
    bool want_open() noexcept;
    bool give_or_want() noexcept;
    void settle(line_at& line, taken_waiters& woken) noexcept;
    void pass_on() noexcept;

    const std::uint32_t words_;
    const std::uint32_t slots_;

    alignas(64) atomic<std::uint64_t> end_;

    alignas(64) lock_word gate_;
    atomic<bool> in_line_{false};
    place front_;
    place open_;
    segment* numbered_;  // the last segment that knows its number: none before it does not
    std::size_t given_ = 0;
    std::size_t spare_ = 0;
    item_box* given_back_ = nullptr;  // before all others; in order
};

// What simple_queue makes of a T: a few words.
template <class T>
struct queued {
    static constexpr bool is_bytes = std::is_trivially_copyable_v<T> && sizeof(T) <= 40 && alignof(T) <= 8;
    static constexpr std::uint32_t words = is_bytes ? (sizeof(T) + 7) / 8 : 1;

    struct box : item_box {
        template <class U>
        explicit box(U&& from) : item(std::forward<U>(from)) {}
        T item;
    };

    // On their way out: R is T, or std::optional<T>. What moving the item throws leaves it in the queue.
    template <class R>
    R open(item_line& line) {
        if constexpr (is_bytes) return made<R>(*std::launder(reinterpret_cast<T*>(bytes)));
        else {
            box* lies_in;
            std::memcpy(&lies_in, bytes, sizeof lies_in);
            std::unique_ptr<box> owner(lies_in);
            try {
                return made<R>(owner->item);
            } catch (...) {
                line.give_back(*owner.release(), number);
                throw;
            }
        }
    }

    alignas(8) std::byte bytes[words * 8] = {};
    std::uint64_t number = 0;  // 0: there is none

private:
    template <class R>
    static R made(T& item) {
        if constexpr (std::is_same_v<R, T>) return T(std::move(item));
        else return R(std::in_place, std::move(item));
    }
};

//   co_await on one gives the item.
template <class T>
class awaited_item : awaited_turn {
public:
    awaited_item(item_line& line, timeout t, std::stop_token stop) noexcept
        : awaited_turn(&line, item_line::law, deadline(t), std::move(stop)) {}

    bool await_ready() noexcept {
        item_.number = line().try_take(item_.bytes);
        return item_.number != 0 || awaited_turn::await_ready();
    }
    using awaited_turn::await_suspend;
    // Throws queue_empty where there was none in time, or before a stop was asked for; and what moving the item throws.
    T await_resume() {
        if (awaited_turn::await_resume()) item_.number = line().take_given(item_.bytes);
        if (item_.number == 0) item_line::throw_empty();
        return item_.template open<T>(line());
    }

private:
    item_line& line() const noexcept { return *static_cast<item_line*>(at); }

    queued<T> item_;
};

// Any thread may put and get, and coroutines wait with them in one line, in their order.
template <class T>
class simple_queue {
    static_assert(std::is_object_v<T> && std::is_same_v<T, std::remove_cv_t<T>>,
                  "simple_queue<T>: T must be an object type without const; for references, use pointers");
    static_assert(std::is_move_constructible_v<T>,
                  "simple_queue<T>: get() moves the item out, so T must be movable; put a std::unique_ptr<T>");

public:
    // Throws std::bad_alloc.
    simple_queue() : line_(queued<T>::words, item_line::slots_for(queued<T>::words)) {}
    // Nobody waits any more.
    ~simple_queue() {
        queued<T> item;
        if constexpr (!queued<T>::is_bytes)
            while ((item.number = line_.try_take(item.bytes)) != 0) drop(item);
    }
    simple_queue(const simple_queue&) = delete;
    simple_queue& operator=(const simple_queue&) = delete;

    // Never waits, and takes no lock that anything of the user's runs under: destructors and callbacks may put, and so
    // may an item while it is moved into this queue or out of it. Throws std::bad_alloc, and what copying or moving the
    // item throws; the queue has not changed then.
    // A coroutine without a home that waits may go on inside this call.
    void put(const T& item)
        requires std::is_copy_constructible_v<T>
    {
        if constexpr (queued<T>::is_bytes) put_bytes(item);
        else put_box(std::make_unique<box>(item));
    }
    // `item` is as before where this throws std::bad_alloc, if it can be moved without a throw.
    void put(T&& item) {
        if constexpr (queued<T>::is_bytes) {
            put_bytes(item);
        } else {
            auto b = std::make_unique<box>(std::move(item));
            try {
                put_box(std::move(b));
            } catch (...) {
                if constexpr (std::is_nothrow_move_assignable_v<T>) item = std::move(b->item);
                throw;
            }
        }
    }
    // The same, for code that knows only that it has a queue: there is never a wait that could be too long.
    void put(const T& item, timeout, const std::stop_token& = {})
        requires std::is_copy_constructible_v<T>
    {
        put(item);
    }
    void put(T&& item, timeout, const std::stop_token& = {}) { put(std::move(item)); }
    void put_nowait(const T& item)
        requires std::is_copy_constructible_v<T>
    {
        put(item);
    }
    void put_nowait(T&& item) { put(std::move(item)); }

    // Waits as long as it takes, or as it may. Throws queue_empty where there was none in time, or before a stop was
    // asked for; and what moving the item throws: then that is the first again.
    [[nodiscard]] T get(timeout t = none, const std::stop_token& stop = {}) {
        queued<T> item;
        item.number = line_.take(item.bytes, t, stop);
        if (item.number == 0) item_line::throw_empty();
        return item.template open<T>(line_);
    }
    [[nodiscard]] T get_nowait() { return get(at_once); }
    // Empty: there was none.
    [[nodiscard]] std::optional<T> try_get(timeout t = at_once, const std::stop_token& stop = {}) {
        queued<T> item;
        item.number = line_.take(item.bytes, t, stop);
        if (item.number == 0) return std::nullopt;
        return item.template open<std::optional<T>>(line_);
    }
    // co_await q.async_get(): the item, or throws as above. The time begins with this call.
    [[nodiscard]] awaited_item<T> async_get(timeout t = none, std::stop_token stop = {}) noexcept {
        return awaited_item<T>(line_, t, std::move(stop));
    }

    // Of this moment.
    std::size_t qsize() const noexcept { return line_.size(); }
    bool empty() const noexcept { return qsize() == 0; }

private:
    using box = typename queued<T>::box;
    static constexpr timeout at_once{std::chrono::nanoseconds(0)};

    void put_bytes(const T& item) {
        queued<T> q;
        std::memcpy(q.bytes, std::addressof(item), sizeof(T));
        line_.put(q.bytes);
    }
    // It is still the caller's where this throws.
    void put_box(std::unique_ptr<box>&& b) {
        std::byte bytes[sizeof(box*)];
        box* const lies_in = b.get();
        std::memcpy(bytes, &lies_in, sizeof lies_in);
        line_.put(bytes);
        b.release();
    }
    static void drop(queued<T>& item) noexcept {
        box* lies_in;
        std::memcpy(&lies_in, item.bytes, sizeof lies_in);
        delete lies_in;
    }

    mutable item_line line_;
};

}  // namespace concur
