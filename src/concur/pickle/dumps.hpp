// pickle.dumps and pickle.loads.
#pragma once
#include "concur/pickle/argument.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace concur::pickle {

constexpr std::uint32_t mixed(std::uint32_t hash, std::uint32_t next) { return (hash ^ next) * 16777619U; }

constexpr std::uint32_t hash_of(std::string_view text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = mixed(hash, static_cast<unsigned char>(c));
    return hash;
}

template <class T, class... Outer>
consteval std::uint32_t mark_of();

template <class... Outer, class... P>
consteval std::uint32_t mark_of_parts(std::uint32_t hash, types<P...>) {
    ((hash = mixed(hash, mark_of<std::remove_cv_t<P>, Outer...>())), ...);
    return hash;
}

template <class T>
consteval std::uint32_t mark_of_number() {
    using U = typename underlying<T>::type;
    return mixed(mixed(std::is_floating_point_v<U>, std::is_signed_v<U>), sizeof(U));
}

// A mark of how the bytes of a T are laid out. The same for types that can be read as each other, such as a
// std::vector and a std::list; mostly another for all the others.
template <class T, class... Outer>
consteval std::uint32_t mark_of() {
    constexpr kind k = kind_of<T>();
    constexpr auto begin = mixed(hash_of("concur"), static_cast<std::uint32_t>(k));
    if constexpr ((std::is_same_v<T, Outer> || ...)) return begin;
    else if constexpr (std::is_array_v<T>) return mixed(mark_of<std::remove_extent_t<T>, Outer...>(), std::extent_v<T>);
    else if constexpr (number<T>) return mixed(begin, mark_of_number<T>());
    else if constexpr (array_shaped<T>) return mixed(mark_of<typename T::value_type, Outer...>(), std::tuple_size_v<T>);
    else if constexpr (plain_aggregate<T> && k != kind::nothing)
        return mark_of_parts<T, Outer...>(begin, member_types<T>());
    else if constexpr (k == kind::hook || k == kind::special || k == kind::opaque || k == kind::flat)
        return mixed(begin, hash_of(name_of<T>()));
    else return mark_of_parts<T, Outer...>(mixed(begin, codec<T>::least), typename codec<T>::parts());
}

// The type as which a T is read back.
template <class T>
struct read_back {
    using type = T;
};
template <const_view T>
struct read_back<T> {
    using type = std::vector<typename T::value_type>;
};

template <class T, class Archive>
void write_marked(Archive& ar, const T& v) {
    constexpr std::uint32_t mark = mark_of<typename read_back<T>::type>();
    ar.bytes(&mark, sizeof mark);
    if constexpr (const_view<T>) write_argument(ar, v);
    else codec<T>::write(ar, v);
}

// The bytes of `value`, for loads() in a process of the same program. A std::string_view or std::span<const T>
// may be given too: it is read back as a std::string or std::vector<T>. `buffer` is written over.
// Throws pickling_error where the value itself does not travel (a circle of shared pointers, more than 64 deep).
// (pickle.dumps)
template <class T>
std::vector<std::byte> dumps(const T& value, std::vector<std::byte> buffer = {}) {
    if constexpr (!const_view<T> && !picklable<T>) {
        explain_value<T>();
    } else {
        if (buffer.empty()) {
            sizer counts;
            write_marked(counts, value);
            reserve_elements(buffer, counts.size());
        }
        std::byte staging[4096];
        writer out(buffer, staging, sizeof staging);
        write_marked(out, value);
        out.finish();
    }
    return buffer;
}

// Text is read back as a std::string.
inline std::vector<std::byte> dumps(const char* text, std::vector<std::byte> buffer = {}) {
    if (text == nullptr) fail("a null pointer to text does not travel; pass a std::optional<std::string>");
    return dumps(std::string_view(text), std::move(buffer));
}

template <class B>
concept contiguous_bytes = requires(const B& bytes) {
    { bytes.size() } -> std::convertible_to<std::size_t>;
    bytes.data()[0];
} && sizeof(*std::declval<const B&>().data()) == 1;

// The value of which dumps() made `bytes`. Throws pickling_error where they are not the bytes of a T, whatever
// else they may be. With `trusts_code` they may hold functions, of which they say where they begin: only for
// bytes of which you know who made them. (pickle.loads)
template <class T, contiguous_bytes B>
T loads(const B& bytes, bool trusts_code = false) {
    if constexpr (!picklable<T>) {
        explain_value<T>();
        fail("this type does not travel");
    } else {
        reader in(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), trusts_code);
        if (in.once<std::uint32_t>() != mark_of<T>()) fail("the bytes hold a value of another type");
        T value = read<T>(in);
        in.expect_end();
        return value;
    }
}

}  // namespace concur::pickle
