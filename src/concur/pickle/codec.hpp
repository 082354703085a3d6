// The codecs of single values and of what is put together from a fixed number of them.
#pragma once
#include "concur/pickle/kind.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace concur::pickle {

// The codec of one kind of type, and `parts`: the types that must travel so that T does.
template <class T, kind K>
struct coder;
template <class T>
struct coder<T, kind::refused> {
    using parts = types<>;
};

template <class T>
struct codec : coder<T, kind_of<T>()> {
    static void read_into(reader& in, T& v) { v = codec::read(in); }
};

template <class T, std::size_t N>
struct codec<T[N]> {
    using parts = types<T>;
    static constexpr std::size_t least = N * codec<T>::least;

    template <class Archive>
    static void write(Archive& ar, const T (&v)[N]) {
        if constexpr (flat<T>) write_flat(ar, v, N);
        else
            for (const T& element : v) codec<T>::write(ar, element);
    }
    static void read_into(reader& in, T (&v)[N]) {
        for (T& element : v) codec<T>::read_into(in, element);
    }
};

template <class T>
struct special_parts {
    using type = types<>;
};
template <class T>
    requires requires { typename special_codec<T>::parts; }
struct special_parts<T> {
    using type = typename special_codec<T>::parts;
};

template <class T>
struct coder<T, kind::special> : special_codec<T> {
    using parts = typename special_parts<T>::type;
};

template <class T>
struct coder<T, kind::hook> {
    using parts = types<>;
    static constexpr std::size_t least = 0;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        const deeper<Archive> level(ar);
        concur_serialize(ar, const_cast<T&>(v));  // one function for both ways; this way it changes nothing
    }
    static T read(reader& in) {
        const deeper<reader> level(in);
        T v{};
        concur_serialize(in, v);
        return v;
    }
};

template <class T>
struct coder<T, kind::boolean> {
    using parts = types<>;
    static constexpr std::size_t least = 1;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        const auto byte = static_cast<std::uint8_t>(v);
        ar.bytes(&byte, 1);
    }
    static T read(reader& in) {
        const auto byte = in.once<std::uint8_t>();
        if (byte > 1) fail("the bytes hold a bool that is neither true nor false");
        return static_cast<T>(byte != 0);
    }
};

// A T from its memory.
template <class T>
T from_memory(const std::byte* at) {
    if constexpr (std::is_trivially_default_constructible_v<T>) {
        T v;
        copy_bytes(reinterpret_cast<std::byte*>(std::addressof(v)), at, sizeof v);
        return v;
    } else {
        struct memory {
            std::byte bytes[sizeof(T)];
        } m;
        copy_bytes(m.bytes, at, sizeof m);
        return std::bit_cast<T>(m);
    }
}

template <class T>
struct coder<T, kind::flat> {
    using parts = types<>;
    static constexpr std::size_t least = sizeof(T);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        write_flat(ar, std::addressof(v), 1);
    }
    static T read(reader& in) { return from_memory<T>(in.bytes(sizeof(T))); }
};

template <class T>
struct coder<T, kind::opaque> {
    using parts = types<>;
    static constexpr std::size_t least = sizeof(T);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        ar.bytes(std::addressof(v), sizeof v);
    }
    static T read(reader& in) { return from_memory<T>(in.bytes(sizeof(T))); }
};

template <class T>
struct coder<T, kind::nothing> {
    using parts = types<>;
    static constexpr std::size_t least = 0;

    template <class Archive>
    static void write(Archive&, const T&) {}
    static T read(reader&) {
        if constexpr (std::default_initializable<T>) return T{};
        else return std::bit_cast<T>(std::byte{});
    }
};

template <class T>
struct coder<T, kind::array> {
    using element = typename T::value_type;
    using parts = types<element>;
    static constexpr std::size_t size = std::tuple_size_v<T>;
    static constexpr std::size_t least = size * codec<element>::least;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        for (const element& e : v) codec<element>::write(ar, e);
    }
    static T read(reader& in) {
        if constexpr (std::default_initializable<T> && std::is_move_assignable_v<element>) {
            T v{};
            for (element& e : v) e = codec<element>::read(in);
            return v;
        } else {
            return read_all(in, std::make_index_sequence<size>());
        }
    }

private:
    template <std::size_t... I>
    static T read_all(reader& in, std::index_sequence<I...>) {
        return T{{(static_cast<void>(I), codec<element>::read(in))...}};
    }
};

template <class T, class I = std::make_index_sequence<std::tuple_size_v<T>>>
struct tuple_coder;
template <class T, std::size_t... I>
struct tuple_coder<T, std::index_sequence<I...>> {
    template <std::size_t N>
    using part = codec<std::remove_cv_t<std::tuple_element_t<N, T>>>;
    using parts = types<std::tuple_element_t<I, T>...>;
    static constexpr std::size_t least = (part<I>::least + ... + 0);

    template <class Archive>
    static void write([[maybe_unused]] Archive& ar, [[maybe_unused]] const T& v) {
        (part<I>::write(ar, get<I>(v)), ...);
    }
    static T read([[maybe_unused]] reader& in) { return T{part<I>::read(in)...}; }  // braces: from left to right
};
template <class T>
struct coder<T, kind::tuple> : tuple_coder<T> {};

template <class T, class Members = member_types<T>>
struct aggregate_coder;
template <class T, class... M>
struct aggregate_coder<T, types<M...>> {
    using parts = types<M...>;
    static constexpr std::size_t least = (codec<std::remove_cv_t<M>>::least + ... + 0);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        visit_members(v, [&]<class...>(const auto&... m) { (codec<std::remove_cv_t<M>>::write(ar, m), ...); });
    }
    static T read(reader& in) {
        if constexpr ((std::is_array_v<M> || ...)) {
            T v{};
            visit_members(v, [&]<class...>(auto&... m) { (codec<M>::read_into(in, m), ...); });
            return v;
        } else {
            return T{codec<std::remove_cv_t<M>>::read(in)...};  // braces: from left to right
        }
    }
};
template <class T>
struct coder<T, kind::aggregate> : aggregate_coder<T> {};

}  // namespace concur::pickle
