// A call that is run in another process, and the thunk that runs it there.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/futures/future_state.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/futures/travelling.hpp"
#include "concur/pickle/function.hpp"

#include <stop_token>
#include <tuple>
#include <utility>

namespace concur {

// Where the answer of a call goes, in the process that runs it.
class answer_room {
public:
    virtual std::byte* reserve(std::size_t size) = 0;

protected:
    ~answer_room() = default;
};

// Runs the call of a request and writes its answer. Throws what the call throws.
using remote_thunk = void(pickle::reader& request, const std::stop_token& stop, answer_room& answer);

// Arguments are made in the order in which they were written.
template <class F, class... A>
struct read_call {
    template <std::size_t... I>
    read_call(pickle::reader& in, std::index_sequence<I...>)
        : fn(pickle::read<F>(in)), args{pickle::read_argument<F, I + first, A>(in)...} {}

    static constexpr std::size_t first = first_argument<F, A...>;
    template <std::size_t... I>
    static auto types_of(std::index_sequence<I...>)
        -> std::tuple<decltype(pickle::read_argument<F, I + first, A>(std::declval<pickle::reader&>()))...>;
    using arguments = decltype(types_of(std::index_sequence_for<A...>{}));

    F fn;
    arguments args;
};

template <class F, class... A>
void serve_call(pickle::reader& in, const std::stop_token& stop, answer_room& answer) {
    using result = call_result<F, A...>;
    stored<result> value;
    {
        read_call<F, A...> call(in, std::index_sequence_for<A...>{});
        in.expect_end();
        store_result(value, [&]() -> result {
            return std::apply(
                [&](auto&... args) -> result {
                    if constexpr (callable_alone<F, A...>) return call_with(std::move(call.fn), std::move(args)...);
                    else return call_with(std::move(call.fn), stop, std::move(args)...);
                },
                call.args);
        });
    }
    if constexpr (std::is_void_v<result>) {
        answer.reserve(0);
    } else {
        pickle::sizer size;
        size(value.get());
        pickle::writer out(answer.reserve(size.size()), size.size());
        out(value.get());
    }
}

// The request that serve_call reads.
template <class Archive, class F, class... A>
void write_call(Archive& out, const pickle::code_name& thunk, const F& fn, const A&... args) {
    pickle::write_code(out, thunk);
    pickle::codec<F>::write(out, fn);
    (pickle::write_argument<A>(out, args), ...);
}

// Writes the request of a call to what `reserve(size)` gives. Throws what encoding throws.
template <class F, class... A, class Reserve>
void encode_call(Reserve&& reserve, const F& fn, const A&... args) {
    static const pickle::code_name thunk = pickle::name_code(reinterpret_cast<const void*>(&serve_call<F, A...>));
    pickle::sizer size;
    write_call(size, thunk, fn, args...);
    pickle::writer out(reserve(size.size()), size.size());
    write_call(out, thunk, fn, args...);
}

template <class R>
class remote_call final : public future_state<R>, public remote_task {
public:
    explicit remote_call(remote_host& host, bool takes_token)
        : future_state<R>(2), remote_task(host, takes_token, &refused) {}

    // On the thread that submits: what throws here is the call's error.
    template <class F, class... A>
    void encode(const F& fn, const A&... args) {
        encode_call([this](std::size_t size) { return request.reserve(size); }, fn, args...);
    }

    // False: what `write` threw is the error, and the future is done.
    template <class Write>
    bool encode_or_fail(Write&& write) noexcept {
        try {
            write();
            return true;
        } catch (...) {
            this->start();
            this->fail(std::current_exception());
            return false;
        }
    }

    future_core& core() noexcept override { return *this; }

    void take_value(pickle::reader& in) override {
        store_result(this->value, [&]() -> R {
            if constexpr (!std::is_void_v<R>) return pickle::read<std::remove_cv_t<R>>(in);
        });
        in.expect_end();
    }

    bool assist_here() override {
        if (this->done()) return false;
        host().help(*this);
        return this->done();
    }

    bool park(parker& spot, deadline until) noexcept override { return host().park(*this, spot, until); }
    bool request_stop() noexcept override { return host().ask_to_stop(*this); }
    std::string_view label() const noexcept override { return remote_task::label(); }

private:
    static void refused(job& j, std::exception_ptr why) noexcept {
        remote_call& self = static_cast<remote_call&>(static_cast<remote_task&>(j));
        if (why == nullptr) self.cancel();
        else self.fail_pending(why);
        self.release();
    }

    void abandon() noexcept override { forget(); }
    bool recall() noexcept override { return recall_from_host(); }
    bool runs_elsewhere() const noexcept override { return host().is_running(*this); }
};

// A future that has failed already.
template <class R>
class failed_call final : public future_state<R> {
public:
    explicit failed_call(std::exception_ptr why) noexcept : future_state<R>(1) {
        this->start();
        this->fail(std::move(why));
    }
    std::string_view label() const noexcept override { return "a task"; }
};

// Submits `fn(args...)` to where calls travel. Throws what post_remote() throws, and nothing has been submitted
// then; what cannot travel, or cannot be written, is the future's error.
template <class F, class... A>
future<call_result<F, A...>> send_call(remote_host& host, const task_options* options,
                                       const std::remove_reference_t<F>& fn, std::remove_reference_t<A>&... args) {
    using result = call_result<F, A...>;
    if constexpr (!travels<F, A...>) {
        return future<result>(
            new failed_call<result>(cannot_travel(typeid(std::decay_t<F>), name_of_obstacle<F, A...>())));
    } else {
        auto* const fresh = new remote_call<result>(host, !callable_alone<F, A...>);
        future<result> f(fresh);
        try {
            if (options != nullptr) fresh->set_options(*options);
            if (!fresh->encode_or_fail(
                    [&] { fresh->template encode<std::decay_t<F>, std::decay_t<A>...>(fn, args...); }))
                return fresh->release(), f;
            if (options != nullptr) fresh->start_timer(options->timeout);
            host.post_remote(*fresh, options != nullptr ? options->priority : 0);
        } catch (...) {
            fresh->stop_timer();
            fresh->mark_read();
            fresh->release();
            throw;
        }
        return f;
    }
}

}  // namespace concur
