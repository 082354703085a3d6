// A lock that many readers have at once, or one writer. Asked of Python's threading for long, and not there.
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

//   word_: `writer`: somebody has it alone. Readers, in ones of `one`.
//          `wanted`: somebody may stand in the line at this lock; it changes under that line's lock alone.
//          `upgrading`: one of the readers waits until it is the only one, in a line of its own.
//
//   While it is wanted or upgrading no new reader gets in, so writers do not wait for ever; while it is neither, each
//   acquire and release is one atomic operation. Whoever lets go last of a wanted lock goes to the line: readers at its
//   front are given the lock, all that stand there together; a writer is called, or given it after a millisecond.
//   Then readers and writers take turns: those who came while a writer had it go before the next writer behind them.
class [[clang::capability("mutex")]] shared_lock {
public:
    using location = std::source_location;

    constexpr shared_lock() noexcept = default;
    shared_lock(const shared_lock&) = delete;
    shared_lock& operator=(const shared_lock&) = delete;

    ~shared_lock() {
        if (lock_watch::must_know_of_ends()) note_end();
    }

    // Alone. The forms are those of a lock.
    [[clang::acquire_capability(), clang::no_thread_safety_analysis]] void acquire(
        const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) acquire_watched(alone, none, {}, where);
        else if (!take_now()) wait_in_line(this, law(), deadline::never(), {}, alone);
    }
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool acquire(
        timeout t, const std::stop_token& stop = {}, const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) return acquire_watched(alone, t, stop, where);
        return take_now() || (!t.is_poll() && waits(alone, deadline(t), stop));
    }
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_acquire(
        const location& where = location::current()) noexcept {
        return take_now() && (!lock_watch::is_on() || note_held(where));
    }
    // Throws std::system_error (operation_not_permitted) where nobody has it alone.
    [[clang::release_capability()]] void release();
    [[nodiscard]] awaited_turn async_acquire(timeout t = none, std::stop_token stop = {},
                                             const location& where = location::current()) noexcept {
        return awaited_turn(this, law(), deadline(t), std::move(stop), alone, where);
    }

    // With other readers. Who has it already must not acquire it again: a writer may have come between the two.
    [[clang::acquire_shared_capability(), clang::no_thread_safety_analysis]] void acquire_shared(
        const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) acquire_watched(together, none, {}, where);
        else if (!share_now()) wait_in_line(this, law(), deadline::never(), {}, together);
    }
    [[nodiscard, clang::try_acquire_shared_capability(true), clang::no_thread_safety_analysis]] bool acquire_shared(
        timeout t, const std::stop_token& stop = {}, const location& where = location::current()) noexcept {
        if (lock_watch::is_on()) return acquire_watched(together, t, stop, where);
        return share_now() || (!t.is_poll() && waits(together, deadline(t), stop));
    }
    [[nodiscard, clang::try_acquire_shared_capability(true), clang::no_thread_safety_analysis]] bool try_acquire_shared(
        const location& where = location::current()) noexcept {
        return share_now() && (!lock_watch::is_on() || note_held(where));
    }
    // Throws std::system_error (operation_not_permitted) where no reader has it.
    [[clang::release_shared_capability()]] void release_shared();
    [[nodiscard]] awaited_turn async_acquire_shared(timeout t = none, std::stop_token stop = {},
                                                    const location& where = location::current()) noexcept {
        return awaited_turn(this, law(), deadline(t), std::move(stop), together, where);
    }

    // For a reader that wants it alone, with no writer in between. False: it was not to be had so in time; then it is
    // a reader still. Throws std::system_error (resource_deadlock_would_occur) while another reader upgrades: each
    // would wait for the other; let go of yours, then.
    [[nodiscard]] bool upgrade(timeout t = none, const std::stop_token& stop = {});
    // False: there are other readers.
    [[nodiscard]] bool try_upgrade() noexcept;
    // For who has it alone: a reader from here on, with no writer in between.
    void downgrade();

    // By the standard's names: SharedTimedLockable.
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
    template <class Clock, class Duration>
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_lock_until(
        std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire(timeout(until - now))) return true;
        return try_acquire();
    }
    [[clang::release_capability(), clang::no_thread_safety_analysis]] void unlock() { release(); }
    [[clang::acquire_shared_capability(), clang::no_thread_safety_analysis]] void lock_shared(
        const location& where = location::current()) noexcept {
        acquire_shared(where);
    }
    [[nodiscard, clang::try_acquire_shared_capability(true), clang::no_thread_safety_analysis]] bool try_lock_shared(
        const location& where = location::current()) noexcept {
        return try_acquire_shared(where);
    }
    [[nodiscard, clang::try_acquire_shared_capability(true), clang::no_thread_safety_analysis]] bool
    try_lock_shared_for(timeout t, const location& where = location::current()) noexcept {
        return acquire_shared(t, {}, where);
    }
    template <class Clock, class Duration>
    [[nodiscard, clang::try_acquire_shared_capability(true), clang::no_thread_safety_analysis]] bool
    try_lock_shared_until(std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire_shared(timeout(until - now))) return true;
        return try_acquire_shared();
    }
    [[clang::release_shared_capability(), clang::no_thread_safety_analysis]] void unlock_shared() { release_shared(); }

private:
    static constexpr std::uint32_t writer = 1, wanted = 2, upgrading = 4, one = 8;
    static constexpr std::uint64_t alone = 0, together = 1;
    class shared_law;
    static const waiting_law& law() noexcept;
    static const law_at_address upgrade_law;

    bool waits(std::uint64_t what, deadline until, const std::stop_token& stop) noexcept {
        return wait_in_line(this, law(), until, stop, what) == turn::given;
    }
    // Some at the front of the line, how they are taken, what that adds to the word, and whether nobody is left then.
    struct group {
        std::uint32_t count = 0;
        std::uint32_t adds = 0;
        bool is_all = true;
        turn how = turn::given;
    };
    static group front(const line_at& line) noexcept;
    static group readers_at_front(const line_at& line) noexcept;

    bool take_now() noexcept;
    bool share_now() noexcept;
    bool acquire_watched(std::uint64_t what, timeout t, const std::stop_token& stop, const location& where) noexcept;
    bool note_held(const location& where) noexcept;
    void note_end() noexcept;
    bool take(std::uint64_t what) noexcept;
    void pass_on(const waiter& w) noexcept;
    void release_to_line(std::uint32_t mine) noexcept;
    bool let_in(line_at& line, std::uint32_t mine, taken_waiters& told) noexcept;
    void let_readers_in(line_at& line, std::uint32_t was, std::uint32_t is, taken_waiters& told) noexcept;
    void become_reader(std::uint32_t was, std::uint32_t is) noexcept;
    void call_upgrader() noexcept;
    bool take_upgrade() noexcept;
    void* upgrade_address() noexcept { return reinterpret_cast<char*>(this) + 1; }
    static shared_lock& of_upgrade(const waiter& w) noexcept {
        return *reinterpret_cast<shared_lock*>(static_cast<char*>(w.at) - 1);
    }

    atomic<std::uint32_t> word_{0};
};

}  // namespace concur::threading

#pragma GCC diagnostic pop
