// Python's threading.Condition: who has the lock waits until another who has it says that something has changed.
#pragma once
#include "concur/core/awaited_turn.hpp"
#include "concur/core/timeout.hpp"
#include "concur/threading/lock.hpp"
#include "concur/threading/notice_line.hpp"
#include "concur/threading/rlock.hpp"

#include <concepts>
#include <cstdint>
#include <mutex>  // std::chrono::time_point, without the calendars of <chrono>
#include <stop_token>
#include <utility>

namespace concur::threading {

// What a condition can be over: the standard's Lockable.
template <class L>
concept lockable = requires(L& l) {
    l.lock();
    l.unlock();
    { l.try_lock() } -> std::convertible_to<bool>;
};

// What co_await c.async_wait() waits on: for its notice first, and then for the lock.
class awaited_notice final : public awaited_turn, private lock_to_leave {
public:
    awaited_notice(notice_line& line, plain_lock& l, deadline until, std::stop_token stop) noexcept;
    ~awaited_notice();

    // It lets go of the lock in any case, though it be for a moment only.
    bool await_ready() const noexcept { return false; }
    bool await_resume() noexcept;

private:
    void leave() noexcept override;
    bool waits_on() noexcept override;

    notice_line& line_;
    plain_lock& lock_;
    bool notified_ = false;
    bool comes_back_ = false;  // it has let go of the lock, and has had its notice, or will not have it
};

//   It is itself a lock, its own rlock or the one that it was given, which must live as long as it does.
//
//   A waiter is given its notice and takes the lock after that, with all that others have done meanwhile: look again
//   at what you wait for, or leave that to wait_for().
class condition {
public:
    condition() noexcept : kind_(&recursive), lock_(&own_) {}
    explicit condition(rlock& l) noexcept : kind_(&recursive), lock_(&l) {}
    explicit condition(plain_lock& l) noexcept : kind_(&plain), lock_(&l) {}
    // Any other: the condition cannot see whether the caller has it, so that is for the caller to know.
    template <lockable L>
        requires(!std::derived_from<L, condition>)
    explicit condition(L& l) noexcept : kind_(&of_any<L>), lock_(&l) {}
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;

    // As the lock does.
    void acquire() { kind_->lock(lock_); }
    [[nodiscard]] bool acquire(timeout t, const std::stop_token& stop = {});
    [[nodiscard]] bool try_acquire() { return kind_->try_lock(lock_); }
    void release() { kind_->unlock(lock_); }
    // Throws std::logic_error for a lock of the user's own that has no locked().
    bool locked() const;
    void lock() { acquire(); }
    [[nodiscard]] bool try_lock() { return try_acquire(); }
    [[nodiscard]] bool try_lock_for(timeout t) { return acquire(t); }
    template <class Clock, class Duration>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire(timeout(until - now))) return true;
        return try_acquire();
    }
    void unlock() { release(); }

    // All that follows is for who has the lock, and throws std::system_error (operation_not_permitted) for others,
    // with nothing changed.

    // Lets the lock go, however often the caller has acquired it; comes back, with the lock as it was, once notified.
    void wait() { wait_until(deadline::never(), {}); }
    // False: it was not notified in time, or before a stop was asked for. It has the lock all the same.
    bool wait(timeout t, const std::stop_token& stop = {}) { return wait_until(deadline(t), stop); }
    // Until `so()`, which is called under the lock. Gives what it said last.
    template <std::predicate F>
    bool wait_for(F so, timeout t = none, const std::stop_token& stop = {}) {
        const deadline until(t);
        bool is_so = so();
        while (!is_so) {
            const bool more = wait_until(until, stop);
            is_so = so();
            if (!more) break;
        }
        return is_so;
    }

    // Ends the waits of as many, of those who have waited longest. Throws std::invalid_argument for fewer than 0.
    void notify(std::int64_t n = 1);
    void notify_one() { notify(1); }
    void notify_all();

    // For coroutines: over a `lock` alone, since an rlock belongs to a thread. co_await c.async_acquire(): true, or
    // false as above. Throws std::logic_error over other locks.
    [[nodiscard]] awaited_turn async_acquire(timeout t = none, std::stop_token stop = {});
    // co_await c.async_wait(): true, or false as above; it has the lock in any case.
    [[nodiscard]] awaited_notice async_wait(timeout t = none, std::stop_token stop = {});

    // For set_name: where others wait for it.
    template <class F>
    void for_each_line(F f) const {
        f(static_cast<const void*>(&line_));
        f(static_cast<const void*>(lock_));
    }

private:
    //   locked    as far as one can see
    //   is_mine   likewise
    //   let_go    gives back how often the caller had acquired it, for take_again
    struct kind_of_lock {
        void (*lock)(void*);
        void (*unlock)(void*);
        bool (*try_lock)(void*);
        bool (*acquire)(void*, timeout, const std::stop_token&);
        bool (*locked)(const void*);
        bool (*is_mine)(const void*) noexcept;
        std::uint32_t (*let_go)(void*) noexcept;
        void (*take_again)(void*, std::uint32_t depth) noexcept;
    };
    struct left_lock;
    static const kind_of_lock recursive, plain;
    template <class L>
    static const kind_of_lock of_any;

    [[noreturn]] static void cannot_tell();
    [[noreturn]] static void cannot_wait_so();
    void require_mine(const char* message) const;
    plain_lock& lock_to_await() const;
    bool wait_until(deadline until, const std::stop_token& stop);

    const kind_of_lock* const kind_;
    void* const lock_;
    rlock own_;
    notice_line line_;
};

template <class L>
constexpr condition::kind_of_lock condition::of_any{
    [](void* l) { static_cast<L*>(l)->lock(); },
    [](void* l) { static_cast<L*>(l)->unlock(); },
    [](void* l) -> bool { return static_cast<L*>(l)->try_lock(); },
    [](void* l, timeout t, const std::stop_token&) -> bool {
        constexpr std::int64_t longest = std::int64_t{1} << 61;  // some 73 years, which no clock adds to its end
        if constexpr (!requires(L& timed) { timed.try_lock_for(std::chrono::nanoseconds{1}); }) cannot_wait_so();
        else if (t.is_endless()) return static_cast<L*>(l)->lock(), true;
        else return static_cast<L*>(l)->try_lock_for(std::chrono::nanoseconds{t.ns() < longest ? t.ns() : longest});
    },
    [](const void* l) -> bool {
        if constexpr (requires(const L& one) { one.locked(); }) return static_cast<const L*>(l)->locked();
        else cannot_tell();
    },
    [](const void*) noexcept { return true; },
    [](void* l) noexcept -> std::uint32_t { return static_cast<L*>(l)->unlock(), 1; },
    [](void* l, std::uint32_t) noexcept { static_cast<L*>(l)->lock(); },
};

}  // namespace concur::threading
