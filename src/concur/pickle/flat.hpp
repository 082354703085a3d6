// Flat types: what they hold is all in their own memory, and each bit pattern of it is a value. They travel
// as that memory, and many of them in one piece.
#pragma once
#include "concur/pickle/archive.hpp"
#include "concur/pickle/members.hpp"
#include "concur/pickle/shape.hpp"

#include <limits>
#include <memory>
#include <type_traits>

namespace concur::pickle {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

template <class T>
struct underlying {
    using type = T;
};
template <class T>
    requires std::is_enum_v<T>
struct underlying<T> : std::underlying_type<T> {};

// template <class Archive> void concur_serialize(Archive& ar, T& v): how a T of the user's travels, both ways.
template <class T>
concept hooked = (std::is_class_v<T> || std::is_enum_v<T> || std::is_union_v<T>) &&
                 requires(T& v, sizer& counts, writer& out, reader& in) {
                     concur_serialize(counts, v);
                     concur_serialize(out, v);
                     concur_serialize(in, v);
                 };

// To be specialized for what travels in a way of its own, with `travels` true and all that a codec has; and
// with `parts`, the types<...> that must travel so that it does, where there are such.
template <class T>
struct special_codec {
    static constexpr bool travels = false;
};

template <class T>
concept boolean = !hooked<T> && std::is_same_v<typename underlying<T>::type, bool>;

template <class T>
concept number =
    !hooked<T> && !boolean<T> &&
    (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, int128> || std::is_same_v<T, uint128>);

template <class T>
concept plain_aggregate = std::is_class_v<T> && std::is_aggregate_v<T> && !array_shaped<T> && !tuple_shaped<T> &&
                          !hooked<T> && !special_codec<T>::travels;

template <class T>
consteval bool is_flat();

template <class... M>
consteval bool all_flat(types<M...>) {
    return (is_flat<std::remove_cv_t<M>>() && ...);
}

template <class T>
consteval bool is_flat() {
    if constexpr (number<T>) return true;
    else if constexpr (std::is_bounded_array_v<T>) return is_flat<std::remove_all_extents_t<T>>();
    else if constexpr (!std::is_class_v<T> || !std::is_trivially_copyable_v<T> || hooked<T>) return false;
    else if constexpr (is_complex<T>) return true;
    else if constexpr (duration_shaped<T>) return is_flat<typename T::rep>() && sizeof(T) == sizeof(typename T::rep);
    else if constexpr (time_point_shaped<T>) return is_flat<typename T::duration>();
    else if constexpr (array_shaped<T>) return std::tuple_size_v<T> != 0 && is_flat<typename T::value_type>();
    else if constexpr (!plain_aggregate<T> || std::is_empty_v<T>) return false;
    else if constexpr (member_count<T> > most_members) return false;
    else if constexpr (has_base<T>()) return false;
    else return all_flat(member_types<T>());
}

template <class T>
concept flat = is_flat<T>();

// A long double of Intel's has ten bytes and a padding.
inline constexpr std::size_t long_double_bytes =
    std::numeric_limits<long double>::digits == 64 ? 10 : sizeof(long double);

template <class T>
consteval bool is_dense();

template <class T, class... M>
consteval bool members_are_dense(types<M...>) {
    return (sizeof(M) + ...) == sizeof(T) && (is_dense<std::remove_cv_t<M>>() && ...);
}

// Whether a flat T has no padding.
template <class T>
consteval bool is_dense() {
    if constexpr (std::is_same_v<T, long double>) return long_double_bytes == sizeof(T);
    else if constexpr (number<T>) return true;
    else if constexpr (std::is_array_v<T>) return is_dense<std::remove_all_extents_t<T>>();
    else if constexpr (is_complex<T>) return sizeof(T) != 2 * sizeof(long double) || is_dense<long double>();
    else if constexpr (duration_shaped<T>) return is_dense<typename T::rep>();
    else if constexpr (time_point_shaped<T>) return is_dense<typename T::duration>();
    else if constexpr (array_shaped<T>) return is_dense<typename T::value_type>();
    else return members_are_dense<T>(member_types<T>());
}

// Copies all of a flat value but its padding, to zeroed memory: what lay in the padding stays at home.
template <class T>
void copy_clean(std::byte* to, const T& v) noexcept {
    if constexpr (is_dense<T>()) {
        copy_bytes(to, std::addressof(v), sizeof v);
    } else if constexpr (std::is_same_v<T, long double>) {
        copy_bytes(to, &v, long_double_bytes);
    } else if constexpr (std::is_array_v<T> || array_shaped<T>) {
        for (const auto& element : v) {
            copy_clean(to, element);
            to += sizeof element;
        }
    } else if constexpr (is_complex<T>) {
        copy_clean(to, v.real());
        copy_clean(to + sizeof(T) / 2, v.imag());
    } else if constexpr (duration_shaped<T>) {
        copy_clean(to, v.count());
    } else if constexpr (time_point_shaped<T>) {
        copy_clean(to, v.time_since_epoch());
    } else {
        const auto* const first = reinterpret_cast<const std::byte*>(std::addressof(v));
        // Not const: to a bit-field that does not bind, where const would bind to a copy of it.
        visit_members(const_cast<T&>(v), [&]<class... M>(auto&... m) {
            (copy_clean(to + (reinterpret_cast<const std::byte*>(std::addressof(m)) - first), m), ...);
        });
    }
}

template <class Archive, class T>
void write_flat(Archive& ar, const T* values, std::size_t n) {
    if constexpr (is_dense<T>()) {
        ar.bytes(values, n * sizeof(T));
    } else if (std::byte* to = ar.claim(n * sizeof(T)); to != nullptr) {
        for (std::size_t i = 0; i < n; ++i, to += sizeof(T)) {
            std::char_traits<char>::assign(reinterpret_cast<char*>(to), sizeof(T), '\0');
            copy_clean(to, values[i]);
        }
    }
}

}  // namespace concur::pickle
