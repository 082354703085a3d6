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

// The first parameter of a callable, where it has one signature; void where it has none or many.
template <class F>
struct first_parameter {
    using type = void;
};
template <class R, class A, class... Rest>
struct first_parameter<R (*)(A, Rest...)> {
    using type = A;
};
template <class R, class A, class... Rest>
struct first_parameter<R (*)(A, Rest...) noexcept> {
    using type = A;
};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...)> {
    using type = A;
};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) const> {
    using type = A;
};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) noexcept> {
    using type = A;
};
template <class C, class R, class A, class... Rest>
struct first_parameter<R (C::*)(A, Rest...) const noexcept> {
    using type = A;
};
template <class F>
    requires requires { &F::operator(); }
struct first_parameter<F> : first_parameter<decltype(&F::operator())> {};

// Whether `fn` is to be handed a T in front of its arguments: it asks for one by its signature, or
// cannot be called without.
template <class T, class F, class... A>
concept wants_first = std::is_invocable_v<F, T, A...> &&
                      (!std::is_invocable_v<F, A...> ||
                       std::is_same_v<std::remove_cvref_t<typename first_parameter<std::remove_cvref_t<F>>::type>, T>);

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
