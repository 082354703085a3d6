// Python's threading.Lock: one has it at a time, be it a thread or a coroutine.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <mutex>  // std::chrono::time_point, without the calendars of <chrono>
#include <source_location>
#include <stop_token>
#include <utility>

// The analysis of clang is told which function has the lock afterwards; g++ is not to say that it does not know it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored_attributes "clang::"

namespace concur::threading {

//   word_: free or held; and `wanted`: somebody may stand in the line at this lock.
//
//   free --acquire--> held --release--> free, each one atomic operation while it is not wanted.
//   `wanted` changes under the line's lock alone: who joins the line sets it, and a release that sees it goes to the
//   line. There it calls the first, and the lock is free for whoever comes first; or, where that one has waited for
//   a millisecond, gives it the lock, which then was never free in between.
//
//   A lock has no owner: any thread and any coroutine may release it. It may be destroyed as soon as it is free and
//   nobody waits for it.
class [[clang::capability("mutex")]] plain_lock {
public:
    using location = std::source_location;

    constexpr plain_lock() noexcept = default;
    plain_lock(const plain_lock&) = delete;
    plain_lock& operator=(const plain_lock&) = delete;

    ~plain_lock() {
        if (lock_watch::must_know_of_ends()) note_end();
    }

    // Waits as long as it takes. `where`, here and below: for the reports of the deadlock watch.
    [[clang::acquire_capability(), clang::no_thread_safety_analysis]] void acquire(
        const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) acquire_watched(none, {}, where);
        else if (!take_now()) acquire_slowly(deadline::never(), {});
    }
    // False: it was not to be had in time, or before a stop was asked for.
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool acquire(
        timeout t, const std::stop_token& stop = {}, const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) return acquire_watched(t, stop, where);
        return take_now() || (!t.is_poll() && acquire_slowly(deadline(t), stop));
    }
    // False: it is held.
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_acquire(
        const location& where = location::current()) noexcept {
        return take_now() && (!lock_watch::is_on() || note_held(where));
    }

    // Throws std::system_error (operation_not_permitted) where it is free, which it stays. A coroutine without a home
    // that waits for the lock may go on inside this call.
    [[clang::release_capability(), clang::no_thread_safety_analysis]] void release() {
        if (lock_watch::is_on() && locked()) lock_watch::lets_go(this);
        std::uint32_t seen = held;
        if (!word_.compare_exchange_strong(seen, free, std::memory_order_release, std::memory_order_relaxed))
            release_slowly(seen);
    }

    bool locked() const noexcept { return (word_.load(std::memory_order_relaxed) & held) != 0; }

    // co_await lock.async_acquire(): true, or false as above. The time begins with this call.
    [[nodiscard]] awaited_turn async_acquire(timeout t = none, std::stop_token stop = {},
                                             const location& where = location::current()) noexcept {
        return awaited_turn(this, law, deadline(t), std::move(stop), 0, where);
    }

    // For what waits for this lock after something else.
    static const waiting_law& line_law() noexcept { return law; }

    // The same by the standard's names.
    [[clang::acquire_capability(), clang::no_thread_safety_analysis]] void lock(
        const location& where = location::current()) noexcept {
        acquire(where);
    }
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_lock(
        const location& where = location::current()) noexcept {
        return try_acquire(where);
    }
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_lock_for(
        timeout t, const location& where = location::current()) noexcept {
        return acquire(t, {}, where);
    }
    // By its own clock, should that be set meanwhile.
    template <class Clock, class Duration>
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_lock_until(
        std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire(timeout(until - now))) return true;
        return try_acquire();
    }
    [[clang::release_capability(), clang::no_thread_safety_analysis]] void unlock() { release(); }

private:
    static constexpr std::uint32_t free = 0, held = 1, wanted = 2;
    static const law_at_address law;

    bool take_now() noexcept {
        std::uint32_t seen = free;
        return word_.compare_exchange_strong(seen, held, std::memory_order_acquire, std::memory_order_relaxed) ||
               (seen == wanted && try_wanted());
    }
    bool acquire_watched(timeout t, const std::stop_token& stop, const location& where) noexcept;
    bool note_held(const location& where) noexcept;
    void note_end() noexcept;
    bool try_wanted() noexcept;
    bool acquire_spinning() noexcept;
    bool acquire_slowly(deadline until, const std::stop_token& stop) noexcept;
    void release_slowly(std::uint32_t seen);
    bool take() noexcept;
    void pass_on(turn how) noexcept;

    atomic<std::uint32_t> word_{free};
};

// A class that is called `lock` cannot have a member of that name.
using lock = plain_lock;

}  // namespace concur::threading

#pragma GCC diagnostic pop
