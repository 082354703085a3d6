// Python's threading.Timer: a function that is called later.
#pragma once
#include "concur/core/timeout.hpp"
#include "concur/threading/target.hpp"

#include <memory>
#include <stop_token>
#include <utility>

namespace concur::threading {

class timer_record;

//   A handle, which can be copied; two are equal that are of one timer. Any
//   thread may call its members.
//
//   All timers have one thread together, which knows when each is due; the
//   functions run on a few others, each to its end. When the last handle goes
//   the timer is cancelled, and waited for where its function runs; but not one
//   that is a daemon, or was detached. One that was moved from is empty: all
//   but assignment, comparison and destruction throw std::logic_error.
class timer {
public:
  // Will run `fn(args...)`, on copies of both, once, `interval` after start().
  // A callable whose first parameter is a std::stop_token, or that cannot be
  // called without one in front of `args...`, is handed one: it is asked to
  // stop where the last handle goes while it runs. What it throws goes to the
  // excepthook. Throws std::invalid_argument for an empty callable, and what
  // copying throws.
    template <class F, class... A>
    timer(timeout interval, F&& fn, A&&... args)
        : record_(make(interval, std::forward<F>(fn), std::forward<A>(args)...)) {}

    timer(const timer& other) noexcept;
    timer(timer&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
    timer& operator=(timer other) noexcept {
        std::swap(record_, other.record_);
        return *this;
    }
    ~timer();

  // The interval begins. Once: throws std::logic_error the second time, and
  // where the program is ending; std::bad_alloc and, where the system has no
  // thread to give, std::system_error: it can be tried again then.
    void start();

  // True: the function will not be called; it and its arguments are gone.
  // False: it runs, or has run. Before start(), that comes to nothing.
    bool cancel();

  // Waits until the function has run, or will not. False: that is not so in
  // time, or before a stop was asked for. Throws std::system_error where it was
  // not started, and in its own function.
    void join();
    bool join(timeout t, const std::stop_token& stop = {});

  // It was started, and was neither cancelled nor has its function run.
    bool is_alive() const;

  // Its handles may go, and it goes off all the same; the end of the program
  // waits for that. Any time.
    void detach();
  // The end of the program does not wait for it. Not said: as the thread that
  // makes it.
    bool daemon() const;
  // Throws std::logic_error where it was started.
    void set_daemon(bool yes);

    friend bool operator==(const timer& a, const timer& b) noexcept { return a.record_ == b.record_; }

private:
    template <class F, class... A>
    static timer_record* make(timeout interval, F&& fn, A&&... args) {
        if constexpr (!runnable_with<F, A...>) {
            static_assert(runnable_with<F, A...>,
                          "timer(interval, fn, args...): fn cannot be called with "
                          "copies of args");
            return nullptr;
        } else {
            reject_empty(fn,
                         "timer(interval, fn, args...): fn is empty; give it a "
                         "function to call");
            return record_of(interval, bind_target(std::forward<F>(fn), std::forward<A>(args)...));
        }
    }

    static timer_record* record_of(timeout interval, std::unique_ptr<target> what);
    timer_record& record() const;

    timer_record* record_;
};

} // namespace concur::threading
