// The arguments of a call: values, and views into the message where the function asks for no more.
#pragma once
#include "concur/pickle/value.hpp"

#include <cstddef>
#include <type_traits>

namespace concur::pickle {

// What stands for a parameter that a function does not tell: it is a template, or has several signatures.
struct untold {};

// types<P...>: the parameters of a callable with one signature; types<> where it has none or many. The first
// of a member function is its object.
template <class F>
struct parameters_of {
    using type = types<>;
};
template <class R, class... P>
struct parameters_of<R (*)(P...)> {
    using type = types<P...>;
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> {
    using type = types<P...>;
};

template <class F>
struct member_parameters {
    using type = types<>;
};
template <class R, class... P>
struct member_parameters<R(P...)> {
    using type = types<P...>;
};
template <class R, class... P>
struct member_parameters<R(P...) const> : member_parameters<R(P...)> {};
template <class R, class... P>
struct member_parameters<R(P...) noexcept> : member_parameters<R(P...)> {};
template <class R, class... P>
struct member_parameters<R(P...) const noexcept> : member_parameters<R(P...)> {};

template <class First, class T>
struct put_in_front;
template <class First, class... T>
struct put_in_front<First, types<T...>> {
    using type = types<First, T...>;
};

template <class F, class C>
struct parameters_of<F C::*> : put_in_front<untold, typename member_parameters<F>::type> {};

template <class M>
struct call_parameters;
template <class F, class C>
struct call_parameters<F C::*> : member_parameters<F> {};
template <class F>
    requires requires { &F::operator(); }
struct parameters_of<F> : call_parameters<decltype(&F::operator())> {};

template <class F>
struct parameters_of<by_value_call<F>> : parameters_of<F> {};

template <std::size_t I, class T>
struct type_at {
    using type = untold;
};
template <class First, class... Rest>
struct type_at<0, types<First, Rest...>> {
    using type = std::remove_cvref_t<First>;
};
template <std::size_t I, class First, class... Rest>
    requires(I != 0)
struct type_at<I, types<First, Rest...>> : type_at<I - 1, types<Rest...>> {};

// Parameter I of F, without reference and const.
template <class F, std::size_t I>
using parameter = typename type_at<I, typename parameters_of<F>::type>::type;

template <class T>
struct element_of {
    using type = void;
};
template <class T>
    requires requires { typename T::value_type; }
struct element_of<T> {
    using type = typename T::value_type;
};

template <class E>
concept viewable = flat<E> && alignof(E) <= most_align;

// std::string_view and its kin, which see but do not change.
template <class T>
concept text_view = view_shaped<T> && !span_shaped<T> && viewable<typename element_of<T>::type> &&
                    requires(const T& v) { T(v.data(), v.size()).substr(0); };

template <class T>
concept span_argument = span_shaped<T> && viewable<typename element_of<T>::type>;

template <class T>
concept const_span = span_argument<T> && std::is_const_v<typename T::element_type>;

template <class T>
concept const_view = text_view<T> || const_span<T>;

template <class T>
inline constexpr bool is_text_pointer = false;
template <class C>
inline constexpr bool is_text_pointer<C*> =
    std::is_same_v<std::remove_const_t<C>, char> || std::is_same_v<std::remove_const_t<C>, char8_t> ||
    std::is_same_v<std::remove_const_t<C>, char16_t> || std::is_same_v<std::remove_const_t<C>, char32_t> ||
    std::is_same_v<std::remove_const_t<C>, wchar_t>;

// What an A looks like in a message.
enum class form { value, array, elements, text };

template <class A>
consteval form form_of() {
    if constexpr (is_text_pointer<A>) return form::text;
    else if constexpr (text_view<A> || span_argument<A>) return form::elements;
    else if constexpr (!flat<typename element_of<A>::type>) return form::value;
    else if constexpr (kind_of<A>() == kind::sequence)
        return coder<A, kind::sequence>::in_one_piece ? form::elements : form::value;
    else return array_shaped<A> && kind_of<A>() == kind::flat ? form::array : form::value;
}

// An argument, decayed, that a call can take with it.
template <class A>
concept travelling_argument = form_of<A>() != form::value || picklable<A>;

// One failing static_assert for an A that does not travel.
template <class A>
constexpr void explain_argument() {
    if constexpr (!travelling_argument<A>) explain_value<A>();
}

// Whether F looks at the elements of an A where they lie in the message.
template <class F, std::size_t I, class A>
inline constexpr bool looks_at =
    const_view<parameter<F, I>> &&
    std::is_same_v<typename element_of<parameter<F, I>>::type, typename element_of<A>::type>;

// Whether parameter I of F takes what the message has for an A. It does not where F could write through a
// std::span<T> or a char*: what they lead to is not the caller's there.
template <class F, std::size_t I, class A>
consteval bool is_taken() {
    using C = std::remove_pointer_t<A>;
    if constexpr (is_text_pointer<A>) return std::is_const_v<C> || std::is_convertible_v<const C*, parameter<F, I>>;
    else return !span_argument<A> || const_span<A> || looks_at<F, I, A>;
}

template <class C, class Archive>
void write_text(Archive& ar, const C* text) {
    if (text == nullptr) fail("an argument is a null pointer to text; pass a std::optional<std::string>");
    write_elements(ar, text, std::char_traits<C>::length(text) + 1);
}

template <class A, class Archive>
void write_argument(Archive& ar, const A& a) {
    if constexpr (is_text_pointer<A>) {
        write_text(ar, a);
    } else if constexpr (form_of<A>() == form::elements) {
        const typename element_of<A>::type* const first = a.data();
        write_elements(ar, first, a.size());
    } else {
        if constexpr (form_of<A>() == form::array) ar.align(alignment<typename A::value_type>);
        codec<A>::write(ar, a);
    }
}

// n elements of the message, where they lie. A message that is less aligned than it should be has no views.
template <class E>
const E* view_of(const std::byte* at) {
    if (!is_aligned<E>(at)) fail("the bytes lie where they cannot be looked at in place");
    return reinterpret_cast<const E*>(at);
}

template <class View>
View made_view(const std::byte* at, std::size_t n) {
    if constexpr (requires { View::extent; }) {
        if (View::extent != ~std::size_t{0} && View::extent != n)
            fail("the bytes hold another number of elements than the function wants");
    }
    using element = typename View::value_type;
    return View(n == 0 ? nullptr : view_of<element>(at), n);
}

template <class View>
View read_view(reader& in) {
    std::size_t n = 0;
    const std::byte* const at = elements_in<typename View::value_type>(in, n);
    return made_view<View>(at, n);
}

template <class C>
const C* read_text(reader& in) {
    std::size_t n = 0;
    const C* const text = view_of<C>(elements_in<C>(in, n));
    if (n == 0 || text[n - 1] != C()) fail("the bytes hold a text without an end");
    return text;
}

// For parameter I of F, an argument that was written as an A. Where F wants a std::string_view or std::span<const E> it
// is a view into the message, and so it is where A is one, or a pointer to text; else it is an A.
template <class F, std::size_t I, class A>
auto read_argument(reader& in) {
    using P = parameter<F, I>;
    constexpr form as = form_of<A>();
    constexpr bool looks = looks_at<F, I, A>;
    if constexpr (as == form::array) in.align(alignment<typename A::value_type>);

    if constexpr (as == form::text) return read_text<std::remove_cv_t<std::remove_pointer_t<A>>>(in);
    else if constexpr (as == form::elements && looks) return read_view<P>(in);
    else if constexpr (as == form::array && looks) return made_view<P>(in.bytes(sizeof(A)), std::tuple_size_v<A>);
    else if constexpr (const_view<A>) return read_view<A>(in);
    else if constexpr (as == form::elements && span_shaped<A>) {
        static_assert(is_taken<F, I, A>(),
                      "pickle: what a function writes through a std::span<T> stays in the worker; let it take a "
                      "std::span<const T>, and return what it has made");
    } else return read<A>(in);
}

}  // namespace concur::pickle
