// What all queues have in common.
#pragma once
#include "concur/core/awaited_turn.hpp"
#include "concur/core/range.hpp"
#include "concur/core/timeout.hpp"
#include "concur/queue/queue_gate.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace concur {

// How items are kept: in which order they go. Each call is made with the queue's locks held; of two_ends, push() with
// one lock, the others with another. Where push() or front() throws nothing has changed; drop_front() follows upon
// front(), and takes that item out. One that was moved from is empty.
template <class I, class T>
concept keeps_items = std::move_constructible<I> && requires(I& items, T& item) {
    { I::kind } -> std::convertible_to<queue_gate::kind>;
    items.push(std::move(item));
    { items.front() } -> std::same_as<T&>;
    { items.drop_front() } noexcept;
};

// What a range gives to put in: the items of a container that is not kept by its owner are his no more; a view gives
// the same in either case.
template <class R, class T>
inline constexpr bool is_given_away =
    !std::is_lvalue_reference_v<R> && std::is_same_v<reference_of<R>, T&> && !std::is_same_v<reference_of<const R>, T&>;
template <class R, class T>
using given_by = std::conditional_t<is_given_away<R, T>, T&&, reference_of<R>>;

//   For any number of threads and coroutines at once. T is moved in and out by whoever calls, under the queue's own
//   locks: what a move, a comparison or the end of an item does must not use the queue again.
//   Where such a thing throws, the caller gets the exception, and the queue is as it was: an item that could not be
//   taken is still there, and one that could not be put in is not.
//
//   maxsize <= 0: any number. Who waits to put an item in has his place in the order in which they came.
//   After shutdown() nothing can be put in; what is there can be got. It cannot be undone.
//   It may be destroyed as soon as nobody waits for it, though the call that ended the last wait has not come back.
template <class T, keeps_items<T> Items>
class basic_queue {
    static_assert(std::move_constructible<T>, "queue<T>: T cannot be moved, so it cannot be put in");

public:
    using value_type = T;

    explicit basic_queue(std::int64_t maxsize = 0)
        requires std::default_initializable<Items>
        : gate_(maxsize, Items::kind) {}
    basic_queue(std::int64_t maxsize, Items items) : items_(std::move(items)), gate_(maxsize, Items::kind) {}
    basic_queue(const basic_queue&) = delete;
    basic_queue& operator=(const basic_queue&) = delete;

    // Waits for room. Throws queue_full where there was none in time, or before a stop was asked for, queue_shut_down
    // where the queue is shut down, and what moving the item throws; `item` is as it was then.
    void put(T&& item, timeout t = none, const std::stop_token& stop = {}) {
        queue_gate::putting here(gate_);
        if (!may(here, t, stop)) throw_not_put(here.how());
        push(here, std::move(item));
    }
    void put(const T& item, timeout t = none, const std::stop_token& stop = {})
        requires std::copy_constructible<T>
    {
        put(T(item), t, stop);
    }
    void put_nowait(T&& item) { put(std::move(item), at_once); }
    void put_nowait(const T& item)
        requires std::copy_constructible<T>
    {
        put(T(item), at_once);
    }
    // False: there was no room in time, or before a stop was asked for, or the queue is shut down. Then `item` is as it
    // was.
    [[nodiscard]] bool try_put(T&& item, timeout t = at_once, const std::stop_token& stop = {}) {
        queue_gate::putting here(gate_);
        if (!may(here, t, stop)) return false;
        push(here, std::move(item));
        return true;
    }
    [[nodiscard]] bool try_put(const T& item, timeout t = at_once, const std::stop_token& stop = {})
        requires std::copy_constructible<T>
    {
        return try_put(T(item), t, stop);
    }

    // Waits for an item. Throws queue_empty where there was none in time, or before a stop was asked for,
    // queue_shut_down where there will be none, and what moving the item throws, which is still there then.
    T get(timeout t = none, const std::stop_token& stop = {}) {
        queue_gate::getting here(gate_);
        if (!may(here, t, stop)) throw_not_got(here.how());
        return take(here);
    }
    T get_nowait() { return get(at_once); }
    // Nothing: there was none in time, or before a stop was asked for, or there will be none.
    [[nodiscard]] std::optional<T> try_get(timeout t = at_once, const std::stop_token& stop = {}) {
        std::optional<T> item;
        queue_gate::getting here(gate_);
        if (may(here, t, stop)) take_into(item, here);
        return item;
    }

    // All of them, in order, and others may come in between. How many there was room for in time, before a stop was
    // asked for, and before the queue was shut down: those are in the queue. Throws queue_shut_down where it was before
    // the first, and what copying or moving an item throws; those before it are in the queue then. The items of a
    // container that is given away are moved.
    template <readable_range R>
        requires std::constructible_from<T, given_by<R, T>>
    std::size_t put_range(R&& range, timeout t = none, const std::stop_token& stop = {});

    // Waits for one, and takes what else is there, `most` in all. None: there was none in time, or before a stop was
    // asked for. Throws queue_shut_down where there will be none, and what moving the first item throws. Where a later
    // one throws it is still there, and those before it have been got.
    [[nodiscard]] std::vector<T> get_some(std::size_t most, timeout t = none, const std::stop_token& stop = {});

    class put_turn;
    class get_turn;
    // co_await q.async_put(item), co_await q.async_get(): like put and get. The time begins with this call.
    [[nodiscard]] put_turn async_put(T item, timeout t = none, std::stop_token stop = {}) {
        return put_turn(*this, std::move(item), t, std::move(stop));
    }
    [[nodiscard]] get_turn async_get(timeout t = none, std::stop_token stop = {}) {
        return get_turn(*this, t, std::move(stop));
    }

    // One of the items that were put in has been dealt with. Throws std::logic_error where all have been.
    void task_done() { gate_.tasks.done(); }
    // Waits until all have been.
    void join() noexcept { gate_.tasks.join(none, {}); }
    // False: they were not, in time, or before a stop was asked for.
    [[nodiscard]] bool join(timeout t, const std::stop_token& stop = {}) noexcept { return gate_.tasks.join(t, stop); }
    // co_await q.async_join(): true, or false as above.
    [[nodiscard]] awaited_turn async_join(timeout t = none, std::stop_token stop = {}) noexcept {
        return gate_.tasks.async_join(t, std::move(stop));
    }

    // Nothing can be put in any more. What is there can be got; or is dropped, and counts as done. Whoever waits is told.
    void shutdown(bool immediate = false) {
        std::optional<Items> dropped;  // ends when the queue is free
        const queue_gate::closing here(gate_, immediate);
        if (immediate) dropped.emplace(std::move(items_));
    }
    bool is_shutdown() const noexcept { return gate_.closed(); }

    // As they are at this moment.
    std::size_t qsize() const noexcept { return static_cast<std::size_t>(gate_.size()); }
    bool empty() const noexcept { return gate_.size() == 0; }
    bool full() const noexcept { return gate_.full(); }

    std::int64_t maxsize() const noexcept { return gate_.maxsize(); }
    // Nothing is dropped: where more are there than that, who puts waits until there are fewer.
    void set_maxsize(std::int64_t n) noexcept { gate_.set_maxsize(n); }

    // for (auto& item : q): gets one after the other until the queue is shut down and empty. Each is the loop's own.
    class iterator;
    iterator begin() { return iterator(*this); }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    static constexpr timeout at_once{std::chrono::nanoseconds{0}};
    // So many go in under one lock: others are not to wait for long.
    static constexpr std::int64_t most_at_a_time = 64;

    template <class Passage>
    static bool may(Passage& here, timeout t, const std::stop_token& stop) {
        if (!here.may() && !t.is_poll()) here.wait(deadline(t), stop);
        return here.may();
    }
    template <class Passage>
    static bool may(Passage& here, deadline until, const std::stop_token& stop) {
        if (!here.may() && !until.passed()) here.wait(until, stop);
        return here.may();
    }

    template <class U>
    void push(queue_gate::putting& here, U&& item) {
        if constexpr (std::is_same_v<U, T>) items_.push(std::move(item));
        else items_.push(T(std::forward<U>(item)));
        here.note();
    }
    T take(queue_gate::getting& here) {
        T item(std::move(items_.front()));
        items_.drop_front();
        here.note();
        return item;
    }
    void take_into(std::optional<T>& item, queue_gate::getting& here) {
        item.emplace(std::move(items_.front()));
        items_.drop_front();
        here.note();
    }

    // False: there was no room for it in time, or before it was to stop.
    bool put_one_of_many(T&& item, deadline until, const std::stop_token& stop, bool is_first) {
        queue_gate::putting here(gate_);
        if (may(here, until, stop)) return push(here, std::move(item)), true;
        if (is_first && here.how() == turn::refused) throw_not_put(here.how());
        return false;
    }

    Items items_;
    queue_gate gate_;
};

template <class T, keeps_items<T> Items>
template <readable_range R>
    requires std::constructible_from<T, given_by<R, T>>
std::size_t basic_queue<T, Items>::put_range(R&& range, timeout t, const std::stop_token& stop) {
    // Items of a container that is given away lie in it until there is room for them.
    constexpr bool is_given_away = std::is_same_v<given_by<R, T>, T&&> && std::is_same_v<reference_of<R>, T&>;
    const deadline until(t);
    std::size_t n = 0;
    auto it = range_access::first_of(range);
    for (const auto end = range_access::last_of(range); it != end;) {
        if constexpr (range_at_hand<R> || is_given_away) {
            queue_gate::putting here(gate_);
            if (!may(here, until, stop)) {
                if (n == 0 && here.how() == turn::refused) throw_not_put(here.how());
                break;
            }
            std::int64_t left = here.room();
            if (left > most_at_a_time) left = most_at_a_time;
            for (; left > 0 && it != end; --left, ++it, ++n) push(here, static_cast<given_by<R, T>>(*it));
        } else {
            T item(static_cast<given_by<R, T>>(*it));
            if (!put_one_of_many(std::move(item), until, stop, n == 0)) break;  // unlocked: the next may take long
            ++it;
            ++n;
        }
    }
    return n;
}

template <class T, keeps_items<T> Items>
std::vector<T> basic_queue<T, Items>::get_some(std::size_t most, timeout t, const std::stop_token& stop) {
    std::vector<T> got;
    if (most == 0) return got;
    queue_gate::getting here(gate_);
    if (!may(here, t, stop)) {
        if (here.how() == turn::refused) throw_not_got(here.how());
        return got;
    }
    const auto there = static_cast<std::size_t>(here.items());
    const std::size_t n = there < most ? there : most;
    got.reserve(n);
    while (got.size() < n) {
        try {
            got.push_back(std::move(items_.front()));
        } catch (...) {
            if (got.empty()) throw;
            return got;
        }
        items_.drop_front();
        here.note();
    }
    return got;
}

template <class T, keeps_items<T> Items>
class basic_queue<T, Items>::put_turn : public awaited_turn {
public:
    put_turn(basic_queue& q, T&& item, timeout t, std::stop_token stop)
        : awaited_turn(&q.gate_, queue_gate::to_put(), deadline(t), std::move(stop)),
          queue_(q),
          item_(std::move(item)) {}

    void await_resume() {
        queue_gate::putting here(queue_.gate_, awaited_turn::await_resume());
        if (!here.may()) throw_not_put(here.how());
        queue_.push(here, std::move(item_));
    }

private:
    basic_queue& queue_;
    T item_;
};

template <class T, keeps_items<T> Items>
class basic_queue<T, Items>::get_turn : public awaited_turn {
public:
    get_turn(basic_queue& q, timeout t, std::stop_token stop) noexcept
        : awaited_turn(&q.gate_, queue_gate::to_get(), deadline(t), std::move(stop)), queue_(q) {}

    T await_resume() {
        queue_gate::getting here(queue_.gate_, awaited_turn::await_resume());
        if (!here.may()) throw_not_got(here.how());
        return queue_.take(here);
    }

private:
    basic_queue& queue_;
};

template <class T, keeps_items<T> Items>
class basic_queue<T, Items>::iterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    explicit iterator(basic_queue& q) : queue_(&q) { next(); }

    T& operator*() const noexcept { return *item_; }
    T* operator->() const noexcept { return &*item_; }
    iterator& operator++() {
        next();
        return *this;
    }
    void operator++(int) { next(); }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return !i.item_; }

private:
    void next() {
        item_.reset();
        queue_gate::getting here(queue_->gate_);
        if (may(here, none, {})) queue_->take_into(item_, here);
    }

    basic_queue* queue_;
    mutable std::optional<T> item_;  // none: there will be none
};

}  // namespace concur
