// then() on an executor whose calls travel: what follows a future is run in another process.
#pragma once
#include "concur/futures/remote_call.hpp"
#include "concur/futures/submitting.hpp"
#include "concur/futures/then_call.hpp"
#include "concur/futures/then_sent.hpp"

#include <utility>

namespace concur {

// A function, and the future that it follows: one that is done, on its way to another process, or there.
template <class T, class F, bool moves>
class sent_continuation {
public:
    sent_continuation(F fn, future<T> source) : fn_(std::move(fn)), source_(std::move(source)) {}

    then_result<T, F, moves> operator()() { return continue_with<moves>(std::move(fn_), std::move(source_)); }

private:
    friend struct pickle::special_codec<sent_continuation>;

    F fn_;
    future<T> source_;
};

namespace pickle {

template <class T, class F, bool moves>
struct special_codec<sent_continuation<T, F, moves>> {
    static constexpr bool travels = true;
    using parts = std::conditional_t<std::is_void_v<T>, types<F>, types<F, T>>;
    static constexpr std::size_t least = 1;

    template <class Archive>
    static void write(Archive& ar, const sent_continuation<T, F, moves>& sent) {
        const future_state<T>& source = sent.source_.core();
        const bool is_cancelled = source.now() == future_core::state::cancelled;
        const bool has_failed = source.error() != nullptr;
        ar(sent.fn_, is_cancelled, has_failed);
        if (has_failed) ar(source.error());
        else if constexpr (!std::is_void_v<T>)
            if (!is_cancelled) ar(source.value.get());
    }

    static sent_continuation<T, F, moves> read(reader& in) {
        F fn = codec<F>::read(in);
        auto* const source = new future_state<T>(1);
        future<T> handle(source);
        const auto is_cancelled = pickle::read<bool>(in);
        if (pickle::read<bool>(in)) source->set_error(pickle::read<std::exception_ptr>(in));
        else if (!is_cancelled)
            store_result(source->value, [&]() -> T {
                if constexpr (!std::is_void_v<T>) return codec<std::remove_cv_t<T>>::read(in);
            });
        if (is_cancelled) source->cancel();
        else if (source->start()) source->finish();
        return {std::move(fn), std::move(handle)};
    }
};

}  // namespace pickle

// Sends it off when its future is done.
template <class T, class F, bool moves>
struct continuation_sender {
    using continuation = sent_continuation<T, F, moves>;
    using result = then_result<T, F, moves>;
    static constexpr bool wants_value = takes_value<T, F, moves>();

    future<result> operator()(future<T> source) {
        source.core().mark_read();  // who runs it has the error
        return send_call<continuation>(*host, nullptr, continuation(std::move(fn), std::move(source)));
    }

    retained_host host;
    F fn;
};

// What follows `source`, run by `where`. One that cannot travel where it should fails to compile if its
// type says so, or is a future that has failed.
template <class Where, class T, class F, bool moves>
auto then_elsewhere(std::bool_constant<moves>, Where& where, future<T> source, F&& fn)
    -> future<typename unwrapped<then_result<T, std::decay_t<F>, moves>>::type> {
    using function = std::decay_t<F>;
    using continuation = sent_continuation<T, function, moves>;
    using result = typename unwrapped<then_result<T, function, moves>>::type;
    if constexpr (Where::calls_travel == travel::always && !travels<continuation>) {
        static_assert((explain_call<continuation>(), true));
    } else {
        remote_host* const host = where.remote();
        if (host == nullptr) return then_here<moves>(&where, std::move(source), std::forward<F>(fn));
        if constexpr (!travels<continuation>) {
            const auto why = cannot_travel(typeid(function), name_of_obstacle<continuation>());
            return future<result>(new failed_call<result>(why));
        } else {
            using sender = continuation_sender<T, function, moves>;
            auto* const call =
                new then_sent<T, result, sender>(std::move(source), sender{retained_host(*host), std::forward<F>(fn)});
            future<result> following(call);
            call->begin();
            return following;
        }
    }
}

}  // namespace concur
