// concurrent.futures.Future: a handle on a result that may still be on its way.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/error.hpp"
#include "concur/futures/await_future.hpp"
#include "concur/futures/done_callback.hpp"
#include "concur/futures/future_state.hpp"
#include "concur/futures/then_call.hpp"

#include <compare>
#include <concepts>
#include <cstddef>
#include <mutex>  // std::chrono::duration, without the calendars of <chrono>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace concur {

// Copies share one result, which lives as long as the last of them. Every member may be called from
// any thread; only the handle itself, like any object, is not to be assigned to while others use it.
// Dropping a future neither waits for the task nor cancels it.
//
// A future that was default-constructed or moved from is empty: all but valid(), assignment and
// destruction throw invalid_state_error on it.
template <class T>
class future {
public:
    using value_type = T;

    future() noexcept = default;
    future(const future& other) noexcept : state_(other.state_) {
        if (state_ != nullptr) state_->retain();
    }
    future(future&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    future& operator=(future other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~future() {
        if (state_ != nullptr) state_->release();
    }

    // Takes over one ownership of `adopted`.
    explicit future(future_state<T>* adopted) noexcept : state_(adopted) {}

    bool valid() const noexcept { return state_ != nullptr; }

    // True once there is a value, an error, or a cancellation. (Future.done)
    bool done() const { return core().done(); }
    // True while the task runs. (Future.running)
    bool running() const { return core().runs(); }
    // (Future.cancelled)
    bool cancelled() const { return core().now() == future_core::state::cancelled; }

    // Cancels a task that has not started. True: it is cancelled, and done for every waiter at this
    // moment; its callbacks have run on this thread, its function and arguments are destroyed.
    // False: it runs or has finished, and nothing has changed. (Future.cancel)
    bool cancel() const { return core().cancel(); }

    // Asks a task whose callable takes a std::stop_token first to stop; the task sees it in that
    // token when it looks. False: the task has no token, or is done.
    bool request_stop() const { return core().request_stop(); }

    // Waits for the result, `t` at most (for ever without it; zero and negative poll). On a future
    // that stays, the value stays too and can be read again: a reference to it, valid as long as any
    // copy of the future. On one that goes (`std::move(f)`, or a temporary), the value is moved out.
    // Throws what the task threw; cancelled_error; timeout_error. (Future.result)
    typename shared_result<T>::type result(timeout t = none) const& {
        ready_or_throw(deadline(t));
        return state_->value.get();
    }
    T result(timeout t = none) && {
        ready_or_throw(deadline(t));
        return state_->value.take();
    }

    // result(), by the standard's name.
    typename shared_result<T>::type get() const& { return result(); }
    T get() && { return std::move(*this).result(); }

    // Waits likewise; the task's exception, null where it returned. Throws cancelled_error and
    // timeout_error. (Future.exception)
    std::exception_ptr exception(timeout t = none) const {
        done_or_throw(deadline(t));
        state_->mark_read();
        return state_->error();
    }

    // Waits until done, whatever the outcome; the timed forms say whether it is.
    void wait() const { core().wait(deadline::never()); }
    bool wait_for(timeout t) const { return core().wait(deadline(t)); }
    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& moment) const {
        for (;;) {
            if (core().wait(deadline(left_until(moment)))) return true;
            if (left_until(moment).is_poll()) return false;  // a clock that was set back has time left
        }
    }

    // Calls `fn(future)` once this is done: on the thread that makes it so, in the order of adding,
    // or here and now where it is done already. What `fn` throws goes to the unhandled exception
    // hook. (Future.add_done_callback)
    template <class F>
    void add_done_callback(F&& fn) const {
        if constexpr (!std::invocable<std::decay_t<F>&, future>) {
            static_assert(std::invocable<std::decay_t<F>&, future>,
                          "add_done_callback(fn): fn cannot be called with the future, fn(concur::future<T>)");
        } else {
            reject_empty(fn, "add_done_callback(fn): fn is empty; give it a function");
            core();
            (new done_callback<future, std::decay_t<F>>(*this, std::forward<F>(fn)))->begin();
        }
    }

    // A future of what `fn(value)` returns; a future returned by `fn` is waited for in turn. `fn` may
    // take the future itself instead of the value, and then sees errors and cancellation too.
    // Without that, an error or a cancellation passes `fn` by and becomes the new future's.
    // `fn` runs where this becomes done (here, if it is); given an executor, it is submitted there,
    // and the executor must live until then. On `std::move(f)` the value is moved into `fn`. Where the
    // executor's calls travel, `fn` and the value do, and `fn` cannot return a future.
    template <class F>
    auto then(F&& fn) const& {
        return follow<false, home>(*this, nullptr, std::forward<F>(fn));
    }
    template <class F>
    auto then(F&& fn) && {
        return follow<true, home>(std::move(*this), nullptr, std::forward<F>(fn));
    }
    template <std::derived_from<home> Where, class F>
    auto then(Where& where, F&& fn) const& {
        return follow<false>(*this, &where, std::forward<F>(fn));
    }
    template <std::derived_from<home> Where, class F>
    auto then(Where& where, F&& fn) && {
        return follow<true>(std::move(*this), &where, std::forward<F>(fn));
    }

    // co_await f: the coroutine goes on on the thread that makes f done, with what result() gives.
    await_shared<future> operator co_await() const& {
        core();
        return await_shared<future>(*this);
    }
    await_moved<future> operator co_await() && {
        core();
        return await_moved<future>(std::move(*this));
    }

    // The same future, not the same value.
    friend bool operator==(const future& a, const future& b) noexcept { return a.state_ == b.state_; }
    friend std::strong_ordering operator<=>(const future& a, const future& b) noexcept {
        return std::compare_three_way{}(static_cast<const void*>(a.state_), static_cast<const void*>(b.state_));
    }

    // The library's own way in. Throws on an empty future.
    future_state<T>& core() const {
        if (state_ == nullptr) throw_no_state();
        return *state_;
    }

private:
    // An executor that runs calls in other processes, or may do so.
    template <class Where>
    static constexpr bool sends_calls = requires { requires Where::calls_travel != decltype(Where::calls_travel)(); };

    template <bool moves, class Where, class F>
    static auto follow(future source, Where* where, F&& fn) {
        using function = std::decay_t<F>;
        if constexpr (!continuation_of<T, function, moves>) {
            static_assert(continuation_of<T, function, moves>,
                          "then(fn): fn can be called neither with the value nor with the future; a value that "
                          "only moves needs std::move(f).then(fn)");
        } else {
            reject_empty(fn, "then(fn): fn is empty; give it a function");
            source.core();
            if constexpr (sends_calls<Where>) {
                return then_elsewhere(std::bool_constant<moves>(), *where, std::move(source), std::forward<F>(fn));
            } else {
                return then_here<moves>(where, std::move(source), std::forward<F>(fn));
            }
        }
    }

    // Moments may be too far for any clock's own arithmetic.
    template <class Clock, class Duration>
    static timeout left_until(const std::chrono::time_point<Clock, Duration>& moment) {
        using exact = std::chrono::duration<long double, std::nano>;
        return exact(moment.time_since_epoch()) - exact(Clock::now().time_since_epoch());
    }

    void done_or_throw(deadline until) const {
        if (!core().wait(until)) throw timeout_error();
        if (state_->now() == future_core::state::cancelled) throw cancelled_error();
    }
    void ready_or_throw(deadline until) const {
        done_or_throw(until);
        if (state_->error() == nullptr) return;
        state_->mark_read();
        std::rethrow_exception(state_->error());
    }

    future_state<T>* state_ = nullptr;
};

// "<future at 0x55d0c8: finished returned int>", "... raised std::runtime_error>", "... pending>".
template <class T>
std::string to_string(const future<T>& f) {
    return describe(f.valid() ? &f.core() : nullptr, typeid(T));
}

}  // namespace concur

template <class T>
struct std::hash<concur::future<T>> {
    std::size_t operator()(const concur::future<T>& f) const noexcept {
        return std::hash<const void*>{}(f.valid() ? &f.core() : nullptr);
    }
};
