// How a coroutine waits in the line in which threads wait too.
#pragma once
#include "concur/core/alarm.hpp"
#include "concur/core/atomic.hpp"
#include "concur/core/home.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/waiting_line.hpp"

#include <concepts>
#include <coroutine>
#include <optional>
#include <source_location>
#include <stop_token>
#include <utility>

namespace concur {

// The home that a coroutine names, by a member home() of its promise; null where it names none.
template <class P>
home* home_of(std::coroutine_handle<P> h) noexcept {
    if constexpr (requires {
                      { h.promise().home() } -> std::convertible_to<home*>;
                  })
        return h.promise().home();
    else return nullptr;
}

//   co_await on one gives true: the coroutine has what it waited for; false: the time is over, or it was to stop.
//
//   The coroutine goes on in its home. One that names none goes on where its turn is given: inside the call of the
//   thread that gives it, or, for the time, on a thread for such things. A home that takes no jobs any more has it go
//   on there too, rather than never.
//
//   Once it stands in line the coroutine may go on elsewhere, and this be gone.
//   A frame that waits may be destroyed on the thread of its home, which must be one that keeps jobs and gives them back
//   (home::take_out). A turn that was on its way to it is passed on. Where the coroutine names no home, whoever
//   destroys the frame must know that no turn is on its way.
//   A kind of its own may wait for something more, once it has what it waited for (waits_on), and has to let that go
//   in its own destructor, before its parts are gone (abandon).
class awaited_turn : protected waiter {
public:
    awaited_turn(void* address, const waiting_law& l, deadline until, std::stop_token stop, std::uint64_t what = 0,
                 const std::source_location& where = {}) noexcept
        : waiter(address, l, &come, what), until_(until), stop_(std::move(stop)), where_(where) {}
    ~awaited_turn() { abandon(); }
    awaited_turn(const awaited_turn&) = delete;
    awaited_turn& operator=(const awaited_turn&) = delete;

    // While the watch is on it has to know whose wait it is.
    bool await_ready() noexcept {
        if (lock_watch::is_on()) return false;
        if (!law->try_now(*this)) return until_.passed();
        how = turn::given;
        return true;
    }

    // Throws what setting an alarm throws; it waits for nothing then.
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) {
        return suspend(h, home_of(h));
    }

    bool await_resume() noexcept {
        disarm();
        if (frame_ != nullptr) note_end();
        return how == turn::given;
    }

protected:
    // For one that is destroyed: it waits no longer, and passes on what was on its way to it. False: it did not wait.
    bool abandon() noexcept;
    // No time and no wish to stop ends it any more.
    void disarm() noexcept;
    // For waits_on(): it waits for something else from here on. False: it has that already.
    bool waits_for(void* address, const waiting_law& l) noexcept;

private:
    struct ending_alarm : timer_alarm {
        explicit ending_alarm(awaited_turn& w) noexcept : timer_alarm(&ring), of(w) {}
        awaited_turn& of;
    };

    static void ring(timer_alarm& a) noexcept;
    static void come(job& j) noexcept;
    static void come_aside(awaited_turn& me) noexcept;
    static void go_on(job& j) noexcept;
    bool goes_home() noexcept;
    bool suspend(std::coroutine_handle<> h, home* where);
    void note_begin(const void* frame) noexcept;
    void note_end() noexcept;
    // Where the coroutine is about to go on, on the thread where it does. True: it stands in another line.
    virtual bool waits_on() noexcept { return false; }

    const deadline until_;
    const std::stop_token stop_;
    std::coroutine_handle<> coroutine_;  // null: it does not wait
    home* home_ = nullptr;
    const void* frame_ = nullptr;  // of the coroutine, where lock_watch has seen the wait
    const std::source_location where_;
    bool armed_ = false;
    atomic<bool> rung_{false};
    ending_alarm alarm_{*this};
    std::optional<std::stop_callback<stop_waiting>> when_stopped_;
};

}  // namespace concur
