// What a thread or a timer is to do: a function and its arguments.
#pragma once
#include "concur/core/callable.hpp"

#include <concepts>
#include <memory>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

namespace concur::threading {

class target {
public:
    target() = default;
    target(const target&) = delete;
    target& operator=(const target&) = delete;
    virtual ~target() = default;

    // Once: the arguments are moved into the call. What the function returns is dropped.
    virtual void run(std::stop_token stop) = 0;
};

// A copy of the function can be called with copies of the arguments, or with a stop token in front of them.
template <class F, class... A>
concept runnable_with =
    std::constructible_from<std::decay_t<F>, F> && (std::constructible_from<std::decay_t<A>, A> && ...) &&
    (std::invocable<std::decay_t<F>, std::decay_t<A>...> ||
     std::invocable<std::decay_t<F>, std::stop_token, std::decay_t<A>...>);

template <class F, class... A>
class bound_target final : public target {
public:
    template <class G, class... B>
    explicit bound_target(G&& fn, B&&... args) : fn_(std::forward<G>(fn)), args_(std::forward<B>(args)...) {}

    void run(std::stop_token stop) override {
        const auto call = [&](A&... args) {
            if constexpr (wants_first<std::stop_token, F, A...>)
                static_cast<void>(call_with(std::move(fn_), std::move(stop), std::move(args)...));
            else static_cast<void>(call_with(std::move(fn_), std::move(args)...));
        };
        std::apply(call, args_);
    }

private:
    F fn_;
    std::tuple<A...> args_;
};

template <class F, class... A>
std::unique_ptr<target> bind_target(F&& fn, A&&... args) {
    return std::make_unique<bound_target<std::decay_t<F>, std::decay_t<A>...>>(std::forward<F>(fn),
                                                                               std::forward<A>(args)...);
}

}  // namespace concur::threading
