// The codecs of what holds any number of elements: how many, then each.
#pragma once
#include "concur/pickle/codec.hpp"
#include "concur/platform/large_pages.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace concur::pickle {

template <class T>
std::size_t size_of(const T& v) {
    if constexpr (requires { v.size(); }) return v.size();
    else {
        std::size_t n = 0;
        for (auto i = v.begin(); i != v.end(); ++i) ++n;
        return n;
    }
}

// For a large block that is filled at once after.
inline constexpr std::size_t large_block = std::size_t{8} << 20;

template <class T>
void reserve_elements(T& v, std::size_t n) {
    v.reserve(n);
    if (n * sizeof(typename T::value_type) >= large_block) {
        platform::ask_for_large_pages(v.data(), n * sizeof(typename T::value_type));
    }
}

// Adds n elements, for which there is room, in pieces, as copy_in_pieces() does.
template <class T>
void append_elements(T& v, const typename T::value_type* first, std::size_t n) {
    constexpr std::size_t most = piece / sizeof(typename T::value_type) + 1;
    for (std::size_t part; n != 0; first += part, n -= part) {
        part = n < most ? n : most;
        v.insert(v.end(), first, first + part);
    }
}

// Room in front, but for no more than a few times the memory of the bytes that have arrived.
template <class T>
void reserve_for(T& v, std::size_t n, const reader& in) {
    const std::size_t most = 8 * in.left() / sizeof(typename T::value_type) + 1;
    if constexpr (requires { v.reserve(n); }) v.reserve(n < most ? n : most);
}

// One element among others. One that takes no bytes gets a byte here, so that a count can be held against what
// has arrived.
template <class E>
struct element_codec {
    static constexpr bool is_filled = codec<E>::least == 0;
    static constexpr std::size_t least = is_filled ? 1 : codec<E>::least;

    template <class Archive>
    static void write(Archive& ar, const E& e) {
        constexpr std::byte filler{0};
        if constexpr (is_filled) ar.bytes(&filler, 1);
        codec<E>::write(ar, e);
    }
    static E read(reader& in) {
        if constexpr (is_filled) in.bytes(1);
        return codec<E>::read(in);
    }
};

template <class E>
inline constexpr std::size_t alignment = alignof(E) < most_align ? alignof(E) : most_align;

// Where a large block of malloc's begins in its cache line. A copy to a place that lies in its line as the source does
// takes four fifths of the time of another.
inline constexpr std::size_t cache_line = 64, usual_place = 16;

// To where elements of a flat type begin, or would if there were some.
template <class E, class Archive>
void align_for(Archive& ar, std::size_t n) {
    if constexpr (alignment<E> > 1) {
        if (n > piece / sizeof(E)) ar.align(cache_line, usual_place);
        else if (n != 0) ar.align(alignment<E>);
    }
}

// n elements of a flat type: the same bytes whatever container they come from.
template <class E, class Archive>
void write_elements(Archive& ar, const E* first, std::size_t n) {
    if constexpr (sizeof(E) == 1 && is_dense<E>()) {
        ar.counted_bytes(first, n);
    } else {
        ar.count(n);
        align_for<E>(ar, n);
        write_flat(ar, first, n);
    }
}

// The elements that write_elements() wrote, where they lie.
template <class E>
const std::byte* elements_in(reader& in, std::size_t& n) {
    n = in.count(sizeof(E));
    align_for<E>(in, n);
    return in.bytes(n * sizeof(E));
}

template <class E>
bool is_aligned(const std::byte* p) noexcept {
    return reinterpret_cast<std::uintptr_t>(p) % alignof(E) == 0;
}

template <class T>
struct coder<T, kind::sequence> {
    using element = typename T::value_type;
    using parts = types<element>;
    static constexpr std::size_t least = sizeof(long_count);
    static constexpr bool in_one_piece = flat<element> && requires(const T& v) {
        { v.data() } -> std::same_as<const element*>;
        T(v.data(), v.data());
    };

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        if constexpr (in_one_piece) {
            write_elements(ar, v.data(), v.size());
        } else {
            const std::size_t n = size_of(v);
            ar.count(n);
            if (n == 0) return;
            if constexpr (flat<element>) align_for<element>(ar, n);
            const deeper<Archive> level(ar);
            for (const element& e : v) element_codec<element>::write(ar, e);
        }
    }

    static T read(reader& in) {
        if constexpr (flat<element>) return read_flat(in);
        else return read_each(in);
    }

private:
    static T read_flat(reader& in) {
        std::size_t n = 0;
        const std::byte* at = elements_in<element>(in, n);
        if constexpr (in_one_piece) {
            if (is_aligned<element>(at)) return made_of(reinterpret_cast<const element*>(at), n);
        }
        T v{};
        inserter into(v, n, in);
        for (; n != 0; --n, at += sizeof(element)) into.add(from_memory<element>(at));
        return v;
    }

    static T made_of(const element* first, std::size_t n) {
        if constexpr (requires(T& v) { v.reserve(n), v.insert(v.end(), first, first); }) {
            if (n * sizeof(element) >= large_block) {
                T v{};
                reserve_elements(v, n);
                append_elements(v, first, n);
                return v;
            }
        }
        return T(first, first + n);
    }

    static T read_each(reader& in) {
        const std::size_t n = in.count(element_codec<element>::least);
        T v{};
        if (n == 0) return v;
        const deeper<reader> level(in);
        inserter into(v, n, in);
        for (std::size_t i = 0; i != n; ++i) into.add(element_codec<element>::read(in));
        return v;
    }

    // At the end of a container.
    class inserter {
    public:
        inserter(T& v, std::size_t n, const reader& in) : v_(v) { reserve_for(v, n, in); }
        void add(element&& e) {
            if constexpr (linked_shaped<T>) last_ = v_.insert_after(last_, std::move(e));
            else v_.push_back(std::move(e));
        }

    private:
        static auto before(T& v) {
            if constexpr (linked_shaped<T>) return v.before_begin();
            else return nullptr;
        }
        T& v_;
        decltype(before(v_)) last_ = before(v_);
    };
};

// The functions that order the elements of a container, or find them, where those are more than their type.
template <class... Rule>
struct rules {
    using rule_types = types<Rule...>;
};
template <class T>
struct rules_of : rules<> {};
template <class T>
    requires(!std::is_empty_v<typename T::key_compare>)
struct rules_of<T> : rules<typename T::key_compare> {
    template <class Archive>
    static void write(Archive& ar, const T& v) {
        codec<typename T::key_compare>::write(ar, v.key_comp());
    }
    static T read_empty(reader& in) { return T(codec<typename T::key_compare>::read(in)); }
};
template <class T>
    requires(!std::is_empty_v<typename T::hasher> || !std::is_empty_v<typename T::key_equal>)
struct rules_of<T> : rules<typename T::hasher, typename T::key_equal> {
    template <class Archive>
    static void write(Archive& ar, const T& v) {
        codec<typename T::hasher>::write(ar, v.hash_function());
        codec<typename T::key_equal>::write(ar, v.key_eq());
    }
    static T read_empty(reader& in) {
        auto hash = codec<typename T::hasher>::read(in);
        return T(0, std::move(hash), codec<typename T::key_equal>::read(in));
    }
};

template <class T, class Archive>
void write_rules(Archive& ar, const T& v) {
    if constexpr (requires { rules_of<T>::write(ar, v); }) rules_of<T>::write(ar, v);
}
template <class T>
T read_empty(reader& in) {
    if constexpr (requires { rules_of<T>::read_empty(in); }) return rules_of<T>::read_empty(in);
    else return T{};
}

template <class A, class B>
struct joined;
template <class... A, class... B>
struct joined<types<A...>, types<B...>> {
    using type = types<A..., B...>;
};

// In the order of the container, so that each is inserted at the end.
template <class T>
struct coder<T, kind::set> {
    using element = typename T::value_type;
    using parts = typename joined<types<element>, typename rules_of<T>::rule_types>::type;
    static constexpr std::size_t least = sizeof(long_count);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        write_rules(ar, v);
        ar.count(v.size());
        const deeper<Archive> level(ar);
        for (const element& e : v) element_codec<element>::write(ar, e);
    }
    static T read(reader& in) {
        T v = read_empty<T>(in);
        const std::size_t n = in.count(element_codec<element>::least);
        const deeper<reader> level(in);
        for (std::size_t i = 0; i != n; ++i) v.insert(v.end(), element_codec<element>::read(in));
        if (v.size() != n) fail("the bytes hold a set with the same element twice");
        return v;
    }
};

template <class T>
struct coder<T, kind::map> {
    using key = typename T::key_type;
    using mapped = typename T::mapped_type;
    using parts = typename joined<types<key, mapped>, typename rules_of<T>::rule_types>::type;
    static constexpr std::size_t least = sizeof(long_count);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        write_rules(ar, v);
        ar.count(v.size());
        const deeper<Archive> level(ar);
        for (const auto& [k, m] : v) {
            element_codec<key>::write(ar, k);
            codec<mapped>::write(ar, m);
        }
    }
    static T read(reader& in) {
        T v = read_empty<T>(in);
        const std::size_t n = in.count(element_codec<key>::least + codec<mapped>::least);
        const deeper<reader> level(in);
        for (std::size_t i = 0; i != n; ++i) {
            key k = element_codec<key>::read(in);
            v.emplace_hint(v.end(), std::move(k), codec<mapped>::read(in));
        }
        if (v.size() != n) fail("the bytes hold a map with the same key twice");
        return v;
    }
};

template <class T>
struct adaptor_order {
    using type = types<>;
};
template <class T>
    requires requires { typename T::value_compare; }
struct adaptor_order<T> {
    using type = typename T::value_compare;
};

// Their elements lie in a protected member that the standard names `c`, and what orders them in `comp`.
template <class T>
struct coder<T, kind::adaptor> {
    using container = typename T::container_type;
    using order = typename adaptor_order<T>::type;
    static constexpr bool has_rule = !std::is_empty_v<order>;
    using parts = std::conditional_t<has_rule, types<container, order>, types<container>>;
    static constexpr std::size_t least = sizeof(long_count);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        if constexpr (has_rule) codec<order>::write(ar, v.*opened::order_of());
        codec<container>::write(ar, v.*opened::elements());
    }
    static T read(reader& in) {
        T v{};
        if constexpr (has_rule) v.*opened::order_of() = codec<order>::read(in);
        v.*opened::elements() = codec<container>::read(in);
        return v;
    }

private:
    struct opened : T {
        static constexpr container T::* elements() { return &opened::c; }
        static constexpr auto order_of() { return &opened::comp; }
    };
};

// std::valarray
template <class T>
struct coder<T, kind::valarray> {
    using element = typename T::value_type;
    using parts = types<element>;
    static constexpr std::size_t least = sizeof(long_count);

    template <class Archive>
    static void write(Archive& ar, const T& v) {
        ar.count(v.size());
        for (std::size_t i = 0; i != v.size(); ++i) codec<element>::write(ar, v[i]);
    }
    static T read(reader& in) {
        T v(in.count(codec<element>::least));
        for (std::size_t i = 0; i != v.size(); ++i) v[i] = codec<element>::read(in);
        return v;
    }
};

}  // namespace concur::pickle
