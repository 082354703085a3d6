// Who may put an item into a queue, who may take one out, and who waits until he may.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/timeout.hpp"
#include "concur/core/waiting_line.hpp"
#include "concur/queue/end_lock.hpp"
#include "concur/queue/task_count.hpp"

#include <cstdint>
#include <limits>
#include <stop_token>

namespace concur {

//   A queue without its items: how many there are, how many there may be, and the two lines.
//
//   An item is put in under the lock of the one end and taken out under that of the other; where the items cannot
//   bear that (`one_end`), both are one lock. What is of both ends is guarded by both locks: it changes under both, the
//   one for taking out being taken first, and may be read under either. No code of the user's runs under a lock but these, and none that is not the
//   caller's own.
//
//   count    how many items have passed. Only grows, by whoever holds that end.
//   seen     the other end's count, as it was when it was last looked at.
//   given    items, or places, that are somebody's who was given one and has not come for it yet.
//   line     of both. Who waits at the end where items are put in is given a place as soon as there is one: so while
//            somebody waits there is none, and who comes later stands behind. Who waits for an item is called to it;
//            or given it, once he has waited for a millisecond. Neither ever has the item itself before he takes it.
//   watched  of both: who passes here has to look at the other line, or at `closed`, and so takes both locks.
//   closed   of both. Made true once.
//
//   It may be destroyed as soon as nobody waits, though the call that ended the last wait has not come back.
class queue_gate {
public:
    enum class kind : bool { one_end, two_ends };

    // maxsize <= 0: there may be any number.
    queue_gate(std::int64_t maxsize, kind k) noexcept;
    ~queue_gate();
    queue_gate(const queue_gate&) = delete;
    queue_gate& operator=(const queue_gate&) = delete;

    // As they are at this moment.
    std::int64_t size() const noexcept;
    std::int64_t maxsize() const noexcept { return maxsize_.load(std::memory_order_relaxed); }
    bool full() const noexcept { return maxsize() > 0 && size() >= maxsize(); }
    bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    // Who waits for a place is given those that there are now. Nobody loses one that is used.
    void set_maxsize(std::int64_t n) noexcept;

    class putting;
    class getting;
    class closing;

    // What a coroutine waits by, at the address of the gate.
    static const waiting_law& to_put() noexcept;
    static const waiting_law& to_get() noexcept;

private:
    struct putters;
    struct getters;
    class both;

    struct alignas(64) end {
        end_lock lock;
        bool watched = false;
        atomic<std::uint64_t> count{0};
        std::uint64_t seen = 0;
        std::int64_t given = 0;
        waiting_line line;
    };

    static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
    static std::int64_t limit_of(std::int64_t maxsize) noexcept { return maxsize > 0 ? maxsize : unlimited; }

    std::int64_t room() noexcept;
    std::int64_t items() noexcept;
    void look_at_get() noexcept { put_.seen = get_.count.load(std::memory_order_acquire); }
    void look_at_put() noexcept { get_.seen = put_.count.load(std::memory_order_acquire); }
    bool look_for_room() const noexcept;
    bool look_for_items() const noexcept;
    void call_getters(std::int64_t n, taken_waiters& told) noexcept;
    void give_places(taken_waiters& told) noexcept;

    const kind kind_;
    atomic<bool> closed_{false};
    atomic<std::int64_t> maxsize_;
    end put_;
    end get_;

public:
    task_count tasks{put_.count};
};

// How many there may be, where no more are there than that. Under the lock of the end where items are put in.
inline std::int64_t queue_gate::room() noexcept {
    const std::uint64_t count = put_.count.load(std::memory_order_relaxed);
    const std::int64_t limit = limit_of(maxsize_.load(std::memory_order_relaxed)) - put_.given;
    if (static_cast<std::int64_t>(count - put_.seen) >= limit) look_at_get();
    return limit - static_cast<std::int64_t>(count - put_.seen);
}

// How many are there for anybody. Under the lock of the end where items are taken out.
inline std::int64_t queue_gate::items() noexcept {
    const std::uint64_t count = get_.count.load(std::memory_order_relaxed);
    if (static_cast<std::int64_t>(get_.seen - count) <= get_.given) look_at_put();
    return static_cast<std::int64_t>(get_.seen - count) - get_.given;
}

//   The place for items to put in, held while this lives; no longer than where it says that one may.
//   given: one may; waiting: there is no room; refused: the queue is closed; or why a wait has ended.
class queue_gate::putting {
public:
    // `has_place`: one that a wait was given. It is given back where it is not used.
    explicit putting(queue_gate& g, bool has_place = false) noexcept : gate_(g), has_place_(has_place) { open(); }
    ~putting() {
        if (how_ == turn::given) close();
    }
    putting(const putting&) = delete;
    putting& operator=(const putting&) = delete;

    bool may() const noexcept { return how_ == turn::given; }
    turn how() const noexcept { return how_; }
    // Waits for a place, where there is none.
    void wait(deadline until, const std::stop_token& stop) noexcept;

    // How many items may be put in.
    std::int64_t room() const noexcept {
        gate_.look_at_get();
        return gate_.room() + (has_place_ ? 1 : 0);
    }
    // One was put in. The others see it when this has gone.
    void note() noexcept { ++passed_; }

private:
    void open() noexcept {
        if (gate_.kind_ == kind::one_end) return open_both();
        gate_.put_.lock.acquire();
        if (gate_.put_.watched) return open_both();
        if (has_place_ || gate_.room() > 0) how_ = turn::given;
        else gate_.put_.lock.release();
    }
    void close() noexcept {
        if (has_both_ || (has_place_ && passed_ == 0)) return close_both();
        count();
        gate_.put_.lock.release();
    }
    void count() noexcept {
        end& here = gate_.put_;
        if (has_place_) --here.given;
        here.count.store(here.count.load(std::memory_order_relaxed) + passed_, std::memory_order_release);
    }
    void open_both() noexcept;
    void close_both() noexcept;

    queue_gate& gate_;
    std::uint64_t passed_ = 0;
    bool has_place_;
    bool has_both_ = false;
    turn how_ = turn::waiting;
};

//   The place for items to take out, likewise.
//   waiting: there is none; refused: the queue is closed, and there will be none.
class queue_gate::getting {
public:
    // `has_item`: one that a wait was given. It is given back where it is not taken.
    explicit getting(queue_gate& g, bool has_item = false) noexcept : gate_(g), has_item_(has_item) { open(); }
    ~getting() {
        if (how_ == turn::given) close();
    }
    getting(const getting&) = delete;
    getting& operator=(const getting&) = delete;

    bool may() const noexcept { return how_ == turn::given; }
    turn how() const noexcept { return how_; }
    // Waits for an item, where there is none.
    void wait(deadline until, const std::stop_token& stop) noexcept;

    // How many items may be taken.
    std::int64_t items() const noexcept {
        gate_.look_at_put();
        return gate_.items() + (has_item_ ? 1 : 0);
    }
    // One was taken. The others see that when this has gone.
    void note() noexcept { ++passed_; }

private:
    void open() noexcept {
        if (gate_.kind_ == kind::one_end) return open_both();
        gate_.get_.lock.acquire();
        if (has_item_ || gate_.get_.watched) return open_both();
        if (gate_.items() > 0) how_ = turn::given;
        else refuse();
    }
    void refuse() noexcept {
        if (gate_.closed()) how_ = turn::refused;
        gate_.get_.lock.release();
    }
    void close() noexcept {
        if (has_both_) return close_both();
        count();
        gate_.get_.lock.release();
    }
    void count() noexcept {
        end& here = gate_.get_;
        if (has_item_) --here.given;
        here.count.store(here.count.load(std::memory_order_relaxed) + passed_, std::memory_order_release);
    }
    void open_both() noexcept;
    void close_both() noexcept;

    queue_gate& gate_;
    std::uint64_t passed_ = 0;
    bool has_item_;
    bool has_both_ = false;
    turn how_ = turn::waiting;
};

//   The whole queue, while this lives: it takes no items any more. Afterwards all who waited are told.
class queue_gate::closing {
public:
    // `emptied`: the items that are there are dropped, by whoever makes this, and count as done.
    closing(queue_gate& g, bool emptied) noexcept;
    ~closing();
    closing(const closing&) = delete;
    closing& operator=(const closing&) = delete;

private:
    queue_gate& gate_;
    taken_waiters told_;
};

// What the calls of a queue throw that have not put or got anything.
[[noreturn]] void throw_not_put(turn why);
[[noreturn]] void throw_not_got(turn why);

}  // namespace concur
