// Python's threading.RLock: a lock that the thread that has it may acquire again.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/timeout.hpp"
#include "concur/threading/lock.hpp"

#include <cstdint>
#include <mutex>  // std::chrono::time_point, without the calendars of <chrono>
#include <stop_token>

// The analysis of clang is told which function has the lock afterwards; g++ is not to say that it does not know it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored_attributes "clang::"

namespace concur::threading {

//   owner_: the thread that has it, 0 where none has. Only a thread itself makes it that thread, and 0 again; so who
//           reads its own name there has the lock, and whatever else it reads, it has not.
//   depth_: how often the owner has acquired it; the owner's alone.
//
//   It is a thread that owns it, so coroutines, which may go on on another one, wait for a `lock` instead.
class [[clang::capability("mutex")]] rlock {
public:
    using location = plain_lock::location;

    constexpr rlock() noexcept = default;
    rlock(const rlock&) = delete;
    rlock& operator=(const rlock&) = delete;

    // Waits as long as it takes. `where`, here and below: for the reports of the deadlock watch.
    [[clang::acquire_capability(), clang::no_thread_safety_analysis]] void acquire(
        const location& where = location::current()) noexcept {
        if (again()) return;
        lock_.acquire(where);
        own();
    }
    // False: it was not to be had in time, or before a stop was asked for.
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool acquire(
        timeout t, const std::stop_token& stop = {}, const location& where = location::current()) noexcept {
        return again() || (lock_.acquire(t, stop, where) && own());
    }
    // False: another thread has it.
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_acquire(
        const location& where = location::current()) noexcept {
        return again() || (lock_.try_acquire(where) && own());
    }

    // As often as it was acquired. Throws std::system_error (operation_not_permitted) where the calling thread does
    // not have it; nothing has changed then.
    [[clang::release_capability()]] void release();

    // The calling thread has it.
    bool is_mine() const noexcept;
    // For who has it and waits for a notice: gives back how often, and takes it as often again.
    std::uint32_t release_all() noexcept;
    void acquire_all(std::uint32_t depth) noexcept;

    // Some thread has it.
    bool locked() const noexcept { return lock_.locked(); }

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
    template <class Clock, class Duration>
    [[nodiscard, clang::try_acquire_capability(true), clang::no_thread_safety_analysis]] bool try_lock_until(
        std::chrono::time_point<Clock, Duration> until) {
        return again() || (lock_.try_lock_until(until) && own());
    }
    [[clang::release_capability(), clang::no_thread_safety_analysis]] void unlock() { release(); }

private:
    static std::uintptr_t me() noexcept;
    bool again() noexcept;
    bool own() noexcept;

    plain_lock lock_;
    std::uint32_t depth_ = 0;
    atomic<std::uintptr_t> owner_{0};
};

}  // namespace concur::threading

#pragma GCC diagnostic pop
