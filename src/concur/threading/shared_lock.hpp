// A lock that many readers have at once, or one writer. Asked of Python's threading for long, and not there.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <mutex>  // std::chrono::time_point, without the calendars of <chrono>
#include <stop_token>
#include <utility>

namespace concur::threading {

//   word_: `writer`: somebody has it alone. Readers, in ones of `one`.
//          `wanted`: somebody may stand in the line at this lock; it changes under that line's lock alone.
//          `upgrading`: one of the readers waits until it is the only one, in a line of its own.
//
//   While it is wanted or upgrading no new reader gets in, so writers do not wait for ever; while it is neither, each
//   acquire and release is one atomic operation. Whoever lets go last of a wanted lock goes to the line: readers at its
//   front are given the lock, all that stand there together; a writer is called, or given it after a millisecond.
//   Then readers and writers take turns: those who came while a writer had it go before the next writer behind them.
class shared_lock {
public:
    constexpr shared_lock() noexcept = default;
    shared_lock(const shared_lock&) = delete;
    shared_lock& operator=(const shared_lock&) = delete;

    // Alone. The forms are those of a lock.
    void acquire() noexcept {
        if (!try_acquire()) wait_in_line(this, law(), deadline::never(), {}, alone);
    }
    [[nodiscard]] bool acquire(timeout t, const std::stop_token& stop = {}) noexcept {
        return try_acquire() || (!t.is_poll() && waits(alone, deadline(t), stop));
    }
    [[nodiscard]] bool try_acquire() noexcept;
    // Throws std::system_error (operation_not_permitted) where nobody has it alone.
    void release();
    [[nodiscard]] awaited_turn async_acquire(timeout t = none, std::stop_token stop = {}) noexcept {
        return awaited_turn(this, law(), deadline(t), std::move(stop), alone);
    }

    // With other readers. Who has it already must not acquire it again: a writer may have come between the two.
    void acquire_shared() noexcept {
        if (!try_acquire_shared()) wait_in_line(this, law(), deadline::never(), {}, together);
    }
    [[nodiscard]] bool acquire_shared(timeout t, const std::stop_token& stop = {}) noexcept {
        return try_acquire_shared() || (!t.is_poll() && waits(together, deadline(t), stop));
    }
    [[nodiscard]] bool try_acquire_shared() noexcept;
    // Throws std::system_error (operation_not_permitted) where no reader has it.
    void release_shared();
    [[nodiscard]] awaited_turn async_acquire_shared(timeout t = none, std::stop_token stop = {}) noexcept {
        return awaited_turn(this, law(), deadline(t), std::move(stop), together);
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
    void lock() noexcept { acquire(); }
    [[nodiscard]] bool try_lock() noexcept { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(timeout t) noexcept { return acquire(t); }
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire(timeout(until - now))) return true;
        return try_acquire();
    }
    void unlock() { release(); }
    void lock_shared() noexcept { acquire_shared(); }
    [[nodiscard]] bool try_lock_shared() noexcept { return try_acquire_shared(); }
    [[nodiscard]] bool try_lock_shared_for(timeout t) noexcept { return acquire_shared(t); }
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_shared_until(std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire_shared(timeout(until - now))) return true;
        return try_acquire_shared();
    }
    void unlock_shared() { release_shared(); }

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

    bool take(std::uint64_t what) noexcept;
    void pass_on(const waiter& w) noexcept;
    void release_to_line(std::uint32_t mine) noexcept;
    void let_in(line_at& line, std::uint32_t mine, taken_waiters& told) noexcept;
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
