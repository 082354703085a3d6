// Whether a call can travel to another process, and what is in its way.
#pragma once
#include "concur/futures/call.hpp"
#include "concur/pickle/argument.hpp"

#include <exception>
#include <string_view>
#include <utility>

namespace concur {

template <class R>
concept travelling_result = std::is_void_v<R> || (!std::is_reference_v<R> && pickle::picklable<std::remove_cv_t<R>>);

// Which parameter of F takes the first argument: a token that it asks for is no argument.
template <class F, class... A>
inline constexpr std::size_t first_argument = callable_alone<F, A...> ? 0 : 1;

template <class F, class... A>
consteval bool takes_what_arrives() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return (pickle::is_taken<std::decay_t<F>, I + first_argument<F, A...>, std::decay_t<A>>() && ...);
    }(std::index_sequence_for<A...>{});
}

template <class F, class... A>
concept travels = callable_with<F, A...> && pickle::picklable<std::decay_t<F>> &&
                  (pickle::travelling_argument<std::decay_t<A>> && ...) && takes_what_arrives<F, A...>() &&
                  travelling_result<call_result<F, A...>>;

template <class R>
constexpr void explain_result() {
    static_assert(
        !std::is_reference_v<R>,
        "submit(fn, args...): fn returns a reference, which means nothing in another process; return a value");
    if constexpr (!std::is_reference_v<R>) pickle::explain_value<std::remove_cv_t<R>>();
}

// One sentence for what is wrong with a call that does not travel.
template <class F, class... A>
constexpr void explain_call() {
    if constexpr (callable_by_reference<F, A...>) {
        static_assert(callable_with<F, A...>,
                      "submit(fn, args...): fn cannot be called with copies of args: it takes one as a T& or a "
                      "std::span<T>, and what it writes there nobody would see; let it take a value, a const T& or a "
                      "std::span<const T>, and return what it has made");
    } else if constexpr (!callable_with<F, A...>) {
        static_assert(callable_with<F, A...>, "submit(fn, args...): fn cannot be called with copies of args");
    } else if constexpr (!pickle::picklable<std::decay_t<F>>) {
        pickle::explain_value<std::decay_t<F>>();
    } else if constexpr (!(pickle::travelling_argument<std::decay_t<A>> && ...)) {
        (pickle::explain_argument<std::decay_t<A>>(), ...);
    } else if constexpr (!takes_what_arrives<F, A...>()) {
        static_assert(takes_what_arrives<F, A...>(),
                      "submit(fn, args...): what fn writes through a char* or a std::span<T> stays in the other "
                      "process; let it take a const char* or a std::span<const T>, and return what it has made");
    } else {
        explain_result<call_result<F, A...>>();
    }
}

// The name of what keeps a T from travelling: of T, or of a part of it.
template <class T>
constexpr std::string_view name_of_culprit() {
    if constexpr (std::is_reference_v<T>) return pickle::name_of<T>();
    else return pickle::name_of<typename pickle::judge<std::remove_cv_t<T>>::type::culprit>();
}

template <class A>
constexpr void find_culprit(std::string_view& name) {
    if constexpr (!pickle::travelling_argument<A>)
        if (name.empty()) name = name_of_culprit<A>();
}

// For a call that does not travel: the name of the type that is in its way; empty where it is how fn takes
// an argument.
template <class F, class... A>
constexpr std::string_view name_of_obstacle() {
    if constexpr (!pickle::picklable<std::decay_t<F>>) {
        return name_of_culprit<std::decay_t<F>>();
    } else if constexpr (!(pickle::travelling_argument<std::decay_t<A>> && ...)) {
        std::string_view name;
        (find_culprit<std::decay_t<A>>(name), ...);
        return name;
    } else if constexpr (!travelling_result<call_result<F, A...>>) {
        return name_of_culprit<call_result<F, A...>>();
    } else {
        return {};
    }
}

// For a call that cannot travel: `fn` is the type of its function, `obstacle` as above.
[[nodiscard]] std::exception_ptr cannot_travel(const std::type_info& fn, std::string_view obstacle) noexcept;

}  // namespace concur
