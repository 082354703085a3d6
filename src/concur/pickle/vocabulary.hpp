// The codecs of the standard's vocabulary types.
#pragma once
#include "concur/pickle/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <typeinfo>
#include <utility>

namespace concur::pickle {

template <class Archive>
void write_tag(Archive& ar, bool tag) {
    codec<bool>::write(ar, tag);
}
inline bool read_tag(reader& in) { return codec<bool>::read(in); }

template <class T>
struct coder<T, kind::optional> {
    using value = typename T::value_type;
    using parts = types<value>;
    static constexpr std::size_t least = 1;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        write_tag(ar, v.has_value());
        if (v.has_value()) codec<value>::write(ar, *v);
    }
    static T read(reader& in) {
        T v{};
        if (read_tag(in)) v.emplace(codec<value>::read(in));
        return v;
    }
};

template <class T>
struct variant_coder;
template <template <class...> class V, class... A>
struct variant_coder<V<A...>> {
    using parts = types<A...>;
    static constexpr std::size_t least = sizeof(std::uint16_t);
    static_assert(sizeof...(A) <= 0xffff);

    template <class Archive>
    static void write(Archive& ar, const V<A...>& v) {
        if (v.valueless_by_exception()) fail("a std::variant holds no value; give it one before it travels");
        const auto index = static_cast<std::uint16_t>(v.index());
        ar.bytes(&index, sizeof index);
        write_active(ar, v, std::index_sequence_for<A...>());
    }
    static V<A...> read(reader& in) {
        const auto index = in.once<std::uint16_t>();
        if (index >= sizeof...(A)) fail("the bytes hold a std::variant of an alternative that there is not");
        return readers(std::index_sequence_for<A...>())[index](in);
    }

private:
    using make = V<A...> (*)(reader&);

    template <class Archive, std::size_t... I>
    static void write_active(Archive& ar, const V<A...>& v, std::index_sequence<I...>) {
        static_cast<void>(((v.index() == I && (codec<A>::write(ar, get<I>(v)), true)) || ...));
    }
    template <std::size_t... I>
    static const make* readers(std::index_sequence<I...>) {
        static constexpr make all[] = {
            [](reader& in) -> V<A...> { return V<A...>(std::in_place_index<I>, codec<A>::read(in)); }...};
        return all;
    }
};
template <class T>
struct coder<T, kind::variant> : variant_coder<T> {};

// Throws pickling_error where only the base of an object would travel.
template <class T>
void expect_whole(const T& v) {
    if constexpr (std::is_polymorphic_v<T> && !std::is_final_v<T>) {
        if (typeid(v) != typeid(T)) fail("a pointer to a base class leads to a derived one; pass a std::variant");
    }
}

template <class T>
struct coder<std::unique_ptr<T>, kind::unique_pointer> {
    using value = std::remove_cv_t<T>;
    using parts = types<value>;
    static constexpr std::size_t least = 1;

    template <class Archive>
    static void write(Archive& ar, const std::unique_ptr<T>& v) {
        write_tag(ar, v != nullptr);
        if (v == nullptr) return;
        expect_whole(*v);
        const deeper<Archive> level(ar);
        codec<value>::write(ar, *v);
    }
    static std::unique_ptr<T> read(reader& in) {
        if (!read_tag(in)) return nullptr;
        const deeper<reader> level(in);
        return std::unique_ptr<T>(new T(codec<value>::read(in)));
    }
};

// Its address stands for T.
template <class T>
inline char type_mark = 0;

// Identity is kept inside one message: what two pointers lead to is written once.
template <class T>
struct coder<std::shared_ptr<T>, kind::shared_pointer> {
    using value = std::remove_cv_t<T>;
    using parts = types<value>;
    using number = std::uint32_t;  // 0: null, 1: the object follows, n + 2: the n-th that began
    static constexpr std::size_t least = sizeof(number);

    template <class Archive>
    static void write(Archive& ar, const std::shared_ptr<T>& v) {
        const number n = v == nullptr ? 0 : ar.shared().enter(v.get(), &type_mark<value>);
        ar.bytes(&n, sizeof n);
        if (n != 1) return;
        expect_whole(*v);
        const deeper<Archive> level(ar);
        codec<value>::write(ar, *v);
        ar.shared().done(v.get(), &type_mark<value>);
    }
    static std::shared_ptr<T> read(reader& in) {
        const auto n = in.once<number>();
        if (n == 0) return nullptr;
        if (n != 1) return known(in, n - 2);
        const deeper<reader> level(in);
        const std::size_t place = in.shared().size();
        in.shared().push_back({nullptr, &type_mark<value>});
        auto made = std::make_shared<value>(codec<value>::read(in));
        in.shared()[place].object = made;
        return made;
    }

private:
    static std::shared_ptr<T> known(reader& in, std::size_t place) {
        if (place >= in.shared().size()) fail("the bytes hold a std::shared_ptr to an object that they do not hold");
        const auto& [object, type] = in.shared()[place];
        if (type != &type_mark<value>) fail("the bytes hold a std::shared_ptr to an object of another type");
        if (object == nullptr) fail("the bytes hold a std::shared_ptr that leads back to itself");
        return std::static_pointer_cast<value>(object);
    }
};

template <class T>
struct coder<T, kind::path> {
    using text = typename T::string_type;
    using parts = types<text>;
    static constexpr std::size_t least = codec<text>::least;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        codec<text>::write(ar, v.native());
    }
    static T read(reader& in) { return T(codec<text>::read(in)); }
};

template <class T>
struct coder<T, kind::bitset> {
    using parts = types<>;
    static constexpr std::size_t bits = bits_of<T>;
    static constexpr std::size_t least = (bits + 7) / 8;

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        for (std::size_t i = 0; i < bits; i += 8) {
            std::uint8_t byte = 0;
            for (std::size_t k = i; k < bits && k < i + 8; ++k) byte |= static_cast<std::uint8_t>(v[k] << (k - i));
            ar.bytes(&byte, 1);
        }
    }
    static T read(reader& in) {
        T v{};
        for (std::size_t i = 0; i < bits; i += 8) {
            const auto byte = in.once<std::uint8_t>();
            for (std::size_t k = i; k < bits && k < i + 8; ++k) v[k] = (byte >> (k - i)) & 1;
            if (bits < i + 8 && byte >> (bits - i) != 0) fail("the bytes hold more bits than the std::bitset");
        }
        return v;
    }
};

// The categories that have a number. Throws pickling_error for others: they live in their process alone.
std::uint8_t number_of(const std::error_category& category);
const std::error_category& category_of(std::uint8_t number);

template <class T>
struct coder<T, kind::error_code> {
    using parts = types<>;
    static constexpr std::size_t least = 1 + sizeof(int);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        const std::uint8_t category = number_of(v.category());
        const int value = v.value();
        ar.bytes(&category, 1);
        ar.bytes(&value, sizeof value);
    }
    static T read(reader& in) {
        const std::error_category& category = category_of(in.once<std::uint8_t>());
        return T(in.once<int>(), category);
    }
};

}  // namespace concur::pickle
