// What can be called, and what only looks like it.
#pragma once
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace concur {

// A callable that may hold nothing: a pointer, or a wrapper that tells by conversion to bool.
template <class F>
concept may_be_empty = std::is_pointer_v<F> || std::is_member_pointer_v<F> ||
                       (std::is_class_v<F> && requires(const F& fn) { fn.operator bool(); });

// std::invoke, without <functional>.
template <class F, class... A>
decltype(auto) call_with(F&& fn, A&&... args) {
    return std::apply(std::forward<F>(fn), std::forward_as_tuple(std::forward<A>(args)...));
}

// What a call gives, to be kept: what an rvalue reference refers to may be gone with the arguments.
template <class F, class... A>
struct value_result {
    using given = std::invoke_result_t<F, A...>;
    using type = std::conditional_t<std::is_rvalue_reference_v<given>, std::remove_cvref_t<given>, given>;
};
template <class F, class... A>
using value_result_t = typename value_result<F, A...>::type;

template <class F>
bool is_empty(const F& fn) {
    if constexpr (may_be_empty<F>) return !static_cast<bool>(fn);
    else return false;
}

// Throws std::invalid_argument with `message` where `fn` holds nothing.
template <class F>
void reject_empty(const F& fn, const char* message) {
    if (is_empty(fn)) throw std::invalid_argument(message);
}

}  // namespace concur
