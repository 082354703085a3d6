// A submitted call: the function, its arguments, its future's state and its place in a line, in one
// allocation.
#pragma once
#include "concur/core/alarm.hpp"
#include "concur/core/aside.hpp"
#include "concur/core/callable.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/core/worker.hpp"
#include "concur/futures/call_place.hpp"
#include "concur/futures/future.hpp"
#include "concur/futures/task_options.hpp"

#include <concepts>
#include <memory>
#include <stop_token>
#include <string>
#include <tuple>

namespace concur {

// `fn(args...)`, on copies of both; `fn` may ask for a std::stop_token in front of the arguments.
template <class F, class... A>
concept callable_alone = std::invocable<std::decay_t<F>, std::decay_t<A>...> &&
                         !wants_first<std::stop_token, std::decay_t<F>, std::decay_t<A>...>;
template <class F, class... A>
concept callable_with =
    std::constructible_from<std::decay_t<F>, F> && (std::constructible_from<std::decay_t<A>, A> && ...) &&
    (callable_alone<F, A...> || std::invocable<std::decay_t<F>, std::stop_token, std::decay_t<A>...>);

// It could be called if the copies were variables of the caller's: it has a T& or a std::span<T> for one of them.
template <class F, class... A>
concept callable_by_reference = !callable_with<F, A...> && std::constructible_from<std::decay_t<F>, F> &&
                                (std::constructible_from<std::decay_t<A>, A> && ...) &&
                                (std::invocable<std::decay_t<F>, std::decay_t<A>&...> ||
                                 std::invocable<std::decay_t<F>, std::stop_token, std::decay_t<A>&...>);

template <class F, class... A>
auto call_result_of() {
    if constexpr (callable_alone<F, A...>)
        return std::type_identity<value_result_t<std::decay_t<F>, std::decay_t<A>...>>{};
    else return std::type_identity<value_result_t<std::decay_t<F>, std::stop_token, std::decay_t<A>...>>{};
}
template <class F, class... A>
using call_result = typename decltype(call_result_of<F, A...>())::type;

//   work_ (function and arguments) lives while the state is pending; then it belongs to whoever made
//   it leave that. It is destroyed before anyone can see a result.
template <class F, class... A>
class call : public future_state<call_result<F, A...>>, public job {
public:
    using result_type = call_result<F, A...>;

    template <class G, class... B>
    explicit call(const home& where, G&& fn, B&&... args)
        : future_state<result_type>(2),
          job(&perform, &refused),
          place_(where),
          work_(std::forward<G>(fn), std::forward<B>(args)...) {}

    bool assist_here() override {
        if (this->now() != future_core::state::pending || !place_.is_mine()) return place_.check_alive(), false;
        worker& me = *this_worker();
        if (run_newest(me)) return true;
        if (!start_here()) return false;
        run_nested(me, *this, &perform_claimed);
        return true;
    }

    // Nobody else has what the worker takes back, but for those who cancel it. Its place in line is this one's now.
    bool run_newest(worker& me) noexcept override {
        if (!me.take_back(*this)) return false;
        if (this->start()) run_nested(me, *this, &perform_claimed);
        else this->release();
        return true;
    }

    bool run_as_caller() noexcept override {
        if (!place_.lets_callers_help() || !start_here()) return false;
        place_.run_as_caller(*this, &perform_claimed);
        return true;
    }

    bool may_need_help() const noexcept override {
        return this->now() == future_core::state::pending && place_.has_this_worker();
    }

    bool request_stop() noexcept override {
        if constexpr (!takes_token) return false;
        else return !this->done() && (stop_.request_stop(), true);
    }

    std::string_view label() const noexcept override { return "a task"; }

protected:
    static constexpr bool takes_token = !callable_alone<F, A...>;

    ~call() override {
        if (this->now() == future_core::state::pending) std::destroy_at(&work_);  // it was never posted
    }

    void abandon() noexcept override { std::destroy_at(&work_); }
    void leave_line() noexcept override { place_.take_over(*this); }

private:
    struct work {
        template <class G, class... B>
        explicit work(G&& f, B&&... a) : fn(std::forward<G>(f)), args(std::forward<B>(a)...) {}
        [[no_unique_address]] F fn;
        [[no_unique_address]] std::tuple<A...> args;
    };
    struct no_stop {};

    // For who waits for it. True: it is the calling thread's to run, with a share of its own, and stands in no line.
    bool start_here() noexcept {
        if (!this->start()) return false;
        this->retain();
        place_.take_over(*this);
        return true;
    }

    // Each of these uses up one share of the state.
    static void perform(job& j) noexcept {
        call& self = static_cast<call&>(j);
        if (!self.start()) return self.release();
        self.run_work();
        self.place_.note_result();
        self.finish();
        if constexpr (!std::is_trivially_destructible_v<stored<result_type>>)
            if (self.has_one_owner()) self.place_.note_busy();  // the value goes here and now
        self.release();
    }

    static void perform_claimed(job& j) noexcept {
        call& self = static_cast<call&>(j);
        self.run_work();
        self.finish();
        self.release();
    }

    static void refused(job& j, std::exception_ptr why) noexcept {
        call& self = static_cast<call&>(j);
        if (why == nullptr) self.cancel();
        else self.fail_pending(why);
        self.release();
    }

    void run_work() noexcept {
        try {
            store_result(this->value, [this]() -> result_type { return invoke(); });
        } catch (...) {
            this->set_error(std::current_exception());
        }
        this->abandon();
    }

    result_type invoke() {
        return std::apply(
            [this](A&... args) -> result_type {
                if constexpr (takes_token) return call_with(std::move(work_.fn), stop_.get_token(), std::move(args)...);
                else return call_with(std::move(work_.fn), std::move(args)...);
            },
            work_.args);
    }

    call_place place_;
    [[no_unique_address]] std::conditional_t<takes_token, std::stop_source, no_stop> stop_;
    union {
        work work_;
    };
};

//   timer_  set at most once, before the call is posted; owns a share while it is set.
//   after_  has that share when the timer has rung. Callbacks, and those of a stop token, may take as long as they
//           like, and every other time-out waits for the timer thread. The pool's workers may all be busy for ever,
//           which time-outs are for: so they are no place for them either.
template <class F, class... A>
class call_with_options final : public call<F, A...> {
public:
    template <class G, class... B>
    explicit call_with_options(const task_options& options, const home& where, G&& fn, B&&... args)
        : call<F, A...>(where, std::forward<G>(fn), std::forward<B>(args)...),
          timer_(*this),
          after_(*this),
          name_(options.name.empty() ? std::string("a task") : "task '" + options.name + "'") {}

    void start_timer(timeout t) {
        if (t.is_poll()) return static_cast<void>(this->fail_pending(too_late()));
        const deadline at(t);
        if (at.is_never()) return;
        this->retain();
        try {
            timer_.set(at);
        } catch (...) {
            this->release();
            throw;
        }
    }

    void stop_timer() noexcept {
        if (timer_.cancel()) this->release();
    }

    std::string_view label() const noexcept override { return name_; }

private:
    struct task_timer : timer_alarm {
        explicit task_timer(call_with_options& c) noexcept : timer_alarm(&ring), self(c) {}
        static void ring(timer_alarm& a) noexcept { static_cast<task_timer&>(a).self.expire(); }
        call_with_options& self;
    };

    struct aftermath : job {
        explicit aftermath(call_with_options& c) noexcept : job(&go_on), self(c) {}
        static void go_on(job& j) noexcept {
            auto& after = static_cast<aftermath&>(j);
            run_continuations(after.callbacks);
            after.self.request_stop();
            after.self.release();
        }
        call_with_options& self;
        job_line callbacks;
    };

    void expire() noexcept {
        this->fail_pending(too_late(), after_.callbacks);
        const bool can_be_asked = call<F, A...>::takes_token && !this->done();
        if (after_.callbacks.empty() && !can_be_asked) return this->release();
        run_aside(after_);
    }

    std::exception_ptr too_late() const noexcept {
        try {
            return std::make_exception_ptr(
                timeout_error("the time-out of " + name_ + " was over before a worker was free for it"));
        } catch (...) {
            return std::current_exception();
        }
    }

    void abandon() noexcept override {
        call<F, A...>::abandon();
        stop_timer();
    }

    task_timer timer_;
    aftermath after_;
    std::string name_;
};

}  // namespace concur
