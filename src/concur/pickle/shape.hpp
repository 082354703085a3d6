// What a type is, told by its shape: so that no header of the standard library has to be included, and that a
// user's own container travels like the standard's.
#pragma once
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace concur::pickle {

// A class that is more than declared.
template <class T>
concept defined = std::is_class_v<T> && requires { sizeof(T); };

// Whether T itself declares swap(T&), and does not have it from a base: what a class adds to its base would be
// lost if it travelled as that.
template <class T>
concept swaps_its_own = requires { static_cast<void (T::*)(T&)>(&T::swap); };

template <class T>
concept container = swaps_its_own<T> && std::default_initializable<T> && requires(const T& v) {
    typename T::value_type;
    typename T::allocator_type;
    v.begin() != v.end();
};

template <class T>
concept map_shaped = container<T> && requires {
    typename T::key_type;
    typename T::mapped_type;
};

template <class T>
concept set_shaped = container<T> && !map_shaped<T> && requires { typename T::key_type; };

// std::forward_list
template <class T>
concept linked_shaped = container<T> && requires(T& v) { v.before_begin(); };

template <class T>
concept sequence_shaped =
    container<T> && !map_shaped<T> && !set_shaped<T> &&
    (linked_shaped<T> || requires(T& v, typename T::value_type& e) { v.push_back(std::move(e)); });

// std::optional
template <class T>
concept optional_shaped = swaps_its_own<T> && requires(T& v, typename T::value_type& e) {
    { v.has_value() } -> std::same_as<bool>;
    v.emplace(std::move(e));
    v.reset();
    *v;
};

template <class T>
inline constexpr bool is_variant = false;
template <template <class...> class V, class... A>
inline constexpr bool is_variant<V<A...>> = swaps_its_own<V<A...>> && requires(const V<A...>& v) {
    v.index();
    { v.valueless_by_exception() } -> std::same_as<bool>;
};

template <class T>
concept array_shaped = std::is_class_v<T> && std::is_aggregate_v<T> && requires(T& v) {
    std::tuple_size<T>::value;
    { v.data() } -> std::same_as<typename T::value_type*>;
};

template <class T>
concept tuple_shaped = std::is_class_v<T> && !array_shaped<T> && requires { std::tuple_size<T>::value; };

// std::filesystem::path
template <class T>
concept path_shaped = swaps_its_own<T> && requires(const T& v) {
    T::preferred_separator;
    { v.native() } -> std::same_as<const typename T::string_type&>;
};

template <class T>
concept duration_shaped = requires(const T& v) {
    typename T::period;
    { v.count() } -> std::same_as<typename T::rep>;
};

template <class T>
concept time_point_shaped = requires(const T& v) {
    typename T::clock;
    { v.time_since_epoch() } -> std::same_as<typename T::duration>;
};

template <class T>
inline constexpr bool is_complex = false;
template <template <class> class C, class V>
    requires std::is_floating_point_v<V>
inline constexpr bool is_complex<C<V>> =
    std::is_trivially_copyable_v<C<V>> && sizeof(C<V>) == 2 * sizeof(V) && requires(C<V>& v, V part) {
        v.real(part);
        v.imag(part);
    };

// How many bits a std::bitset has.
template <class T>
inline constexpr std::size_t bits_of = 0;
template <template <std::size_t> class B, std::size_t N>
    requires requires(B<N>& v) {
        v.set(N);
        v.to_ullong();
        v.test(N);
    }
inline constexpr std::size_t bits_of<B<N>> = N;

// std::stack and its kin
template <class T>
concept adaptor_shaped = swaps_its_own<T> && std::default_initializable<T> && requires(T& v) {
    typename T::container_type;
    v.pop();
};

// Of numbers: what it makes room for in advance must take as many bytes in a message.
template <class T>
concept valarray_shaped = swaps_its_own<T> && std::default_initializable<T> && requires(const T& v) {
    requires std::is_arithmetic_v<typename T::value_type>;
    v.sum();
    v.cshift(1);
};

template <std::size_t N>
struct zero_bytes {
    unsigned char bytes[N];
};

// Whether the compiler makes a T out of bytes when it computes a constant: it does not where there is a pointer
// or a reference in it, private as it may be.
template <class T>
concept made_of_bytes = std::is_trivially_copyable_v<T> && requires {
    typename std::bool_constant<(static_cast<void>(__builtin_bit_cast(T, zero_bytes<sizeof(T)>{})), true)>;
};

// Elements that belong to somebody else: std::string_view, std::span.
template <class T>
concept view_shaped = defined<T> && !std::is_aggregate_v<T> && std::is_trivially_copyable_v<T> && !made_of_bytes<T> &&
                      requires(const T& v) {
                          v.data();
                          v.size();
                          v.begin();
                      };

// std::span<E>, std::span<const E>
template <class T>
concept span_shaped = view_shaped<T> && requires(const T& v) {
    { v.data() } -> std::same_as<typename T::element_type*>;
    T::extent;
    T(v.data(), v.size());
};

}  // namespace concur::pickle
