// What then() leaves with a future: the call that follows it, and the state of the new future.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/futures/call_place.hpp"
#include "concur/futures/chained.hpp"
#include "concur/futures/future_state.hpp"

#include <concepts>
#include <optional>
#include <utility>

namespace concur {

// What `fn` is called with: the value, or the future where it cannot take the value.
template <class T, bool moves>
struct then_argument {
    using type = std::conditional_t<moves || std::is_reference_v<T>, T, const T&>;
};

template <class T, class F, bool moves>
consteval bool takes_value() {
    if constexpr (std::is_void_v<T>) return std::invocable<F>;
    else return std::invocable<F, typename then_argument<T, moves>::type>;
}

template <class T, class F, bool moves>
concept continuation_of = takes_value<T, F, moves>() || std::invocable<F, future<T>>;

template <class T, class F, bool moves>
auto then_result_of() {
    if constexpr (!takes_value<T, F, moves>()) return std::type_identity<value_result_t<F, future<T>>>{};
    else if constexpr (std::is_void_v<T>) return std::type_identity<value_result_t<F>>{};
    else return std::type_identity<value_result_t<F, typename then_argument<T, moves>::type>>{};
}
template <class T, class F, bool moves>
using then_result = typename decltype(then_result_of<T, F, moves>())::type;

// `fn` on what has become of `source`, which is done.
template <bool moves, class T, class F>
then_result<T, F, moves> continue_with(F fn, future<T> source) {
    if constexpr (!takes_value<T, F, moves>()) return call_with(std::move(fn), std::move(source));
    else if constexpr (std::is_void_v<T>) return call_with(std::move(fn));
    else if constexpr (moves) return call_with(std::move(fn), source.core().value.take());
    else return call_with(std::move(fn), source.core().value.get());
}

//   waits for source_ --source_done--> (posted to where_) --perform--> fn_ has run
//   fn_ returned a future: inner_ --inner_done--> done
//   The first line owns a share, and so does the second. The wait for inner_ is a job of its own: a
//   helper may get there while this job has still to be posted.
//
//   source_, inner_  guarded by lock_: a waiter may look at them to help.
//   fn_              belongs to whoever made the state leave pending.
template <class T, class F, bool moves>
class then_call final : public future_state<typename unwrapped<then_result<T, F, moves>>::type>,
                        public job,
                        private chained {
    using returned = then_result<T, F, moves>;
    using value_type = typename unwrapped<returned>::type;
    using inner_type = std::conditional_t<unwrapped<returned>::was_future, returned, nothing>;

public:
    template <class G>
    then_call(future<T> source, G&& fn, home* where)
        : future_state<value_type>(2),
          job(&source_done, &refused),
          source_(std::move(source)),
          where_(where),
          fn_(std::forward<G>(fn)) {
        if (where != nullptr) place_.emplace(*where);
    }

    void begin() {
        const future<T> source = source_;
        if (!source.core().listen(*this)) run(*this);
    }

    future_core* part() override {
        const holding h(lock_);
        if (source_.valid()) return not_done(source_);
        if constexpr (unwrapped<returned>::was_future)
            if (inner_.valid()) return not_done(inner_);
        return nullptr;
    }

    bool may_need_help() const noexcept override { return true; }
    std::string_view label() const noexcept override { return "a continuation"; }

    // Once the source is done, this stands in the line of where_, or will: a worker of that runs it.
    bool assist_here() override {
        if (!place_ || this->now() != future_core::state::pending) return false;
        if (!place_->is_mine()) return place_->check_alive(), false;
        if (!this->start()) return false;
        run_claimed();  // the line will find that there is nothing left to do
        return true;
    }

private:
    static then_call& self_of(job& j) noexcept { return static_cast<then_call&>(j); }

    static void source_done(job& j) noexcept {
        then_call& self = self_of(j);
        if (self.where_ == nullptr) return perform(j);
        self.run = &perform;
        try {
            self.where_->post(self);
        } catch (...) {
            refused(j, std::current_exception());
        }
    }

    static void refused(job& j, std::exception_ptr why) noexcept {
        then_call& self = self_of(j);
        if (why == nullptr) self.cancel();
        else self.fail_pending(why);
        self.release();
    }

    static void perform(job& j) noexcept {
        then_call& self = self_of(j);
        if (self.start()) self.run_claimed();
        self.release();
    }

    void run_claimed() noexcept {
        future<T> source = taken(source_);
        if (passes_by(source)) return;
        try {
            follow(std::move(source));
        } catch (...) {
            fn_.reset();
            this->fail(std::current_exception());
        }
    }

    // An error or a cancellation, where `fn` takes the value alone.
    bool passes_by(const future<T>& source) noexcept {
        if constexpr (!takes_value<T, F, moves>()) return false;
        const bool cancelled = source.core().now() == future_core::state::cancelled;
        if (!cancelled && source.core().error() == nullptr) return false;
        fn_.reset();
        source.core().mark_read();
        if (cancelled) this->finish_cancelled();
        else this->fail(source.core().error());
        return true;
    }

    void follow(future<T> source) {
        if constexpr (unwrapped<returned>::was_future) {
            returned inner = called(std::move(source));
            fn_.reset();
            if (!inner.valid()) throw_no_state();
            if (&inner.core() == this) throw_waits_for_itself();
            keep(inner);
            this->retain();
            if (!inner.core().listen(inner_end_)) inner_end_.run(inner_end_);
        } else {
            store_result(this->value, [&]() -> returned { return called(std::move(source)); });
            fn_.reset();
            this->finish();
        }
    }

    returned called(future<T> source) {
        F fn = std::move(*fn_);
        return continue_with<moves>(std::move(fn), std::move(source));
    }

    static void inner_done(job& j) noexcept {
        then_call& self = static_cast<inner_end&>(j).self;
        inner_type inner = self.taken(self.inner_);
        self.adopt(inner);
        self.release();
    }

    void adopt(inner_type& inner) noexcept {
        if constexpr (unwrapped<returned>::was_future) {
            if (inner.core().now() == future_core::state::cancelled) return this->finish_cancelled();
            inner.core().mark_read();
            if (inner.core().error() != nullptr) return this->fail(inner.core().error());
            try {
                store_result(this->value, [&]() -> value_type { return shared_or_moved(inner); });
            } catch (...) {
                this->set_error(std::current_exception());
            }
            this->finish();
        }
    }

    static value_type shared_or_moved(inner_type& inner) {
        if constexpr (std::is_void_v<value_type> || std::is_reference_v<value_type> ||
                      std::copy_constructible<value_type>)
            return std::as_const(inner).result();
        else return std::move(inner).result();
    }

    void abandon() noexcept override {
        fn_.reset();
        const future<T> source = taken(source_);
        if (source.valid() && source.core().unlisten(*this)) this->release();
    }

    void keep(const inner_type& inner) noexcept {
        const holding h(lock_);
        inner_ = inner;
    }

    struct inner_end : job {
        explicit inner_end(then_call& call) noexcept : job(&inner_done), self(call) {}
        then_call& self;
    };
    struct no_inner_end {
        explicit no_inner_end(then_call&) noexcept {}
    };

    future<T> source_;
    [[no_unique_address]] inner_type inner_{};
    [[no_unique_address]] std::conditional_t<unwrapped<returned>::was_future, inner_end, no_inner_end> inner_end_{
        *this};
    home* const where_;
    std::optional<call_place> place_;  // where_, for those who wait
    std::optional<F> fn_;
};

// What follows `source`, run in this process: by `where`, or where that becomes done.
template <bool moves, class T, class F>
auto then_here(home* where, future<T> source, F&& fn) {
    using function = std::decay_t<F>;
    auto* const call = new then_call<T, function, moves>(std::move(source), std::forward<F>(fn), where);
    future<typename unwrapped<then_result<T, function, moves>>::type> following(call);
    call->begin();
    return following;
}

}  // namespace concur
