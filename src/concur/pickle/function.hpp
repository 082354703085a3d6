// Functions to bytes and back: as the place where their code lies, which every process of the same build
// understands.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/pickle/flat.hpp"
#include "concur/platform/member_function.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace concur::pickle {

// Where a function lies. Costs nothing to copy; for one function always the same.
struct code_name {
    std::uint64_t offset = 0;
    std::byte image[20] = {};    // the build-id of the program or the library
    const char* path = nullptr;  // of the library; null for the program itself. Never freed
};

// Throws pickling_error for null, and for what lies in no file.
code_name name_code(const void* address);

// What read_code() reads.
template <class Archive>
void write_code(Archive& ar, const code_name& name) {
    constexpr std::uint64_t in_library = std::uint64_t{1} << 63;
    const std::uint64_t place = name.path == nullptr ? name.offset : name.offset | in_library;
    ar.bytes(&place, sizeof place);
    if (name.path == nullptr) return ar.bytes(name.image, sizeof(std::uint64_t));
    const std::size_t length = std::char_traits<char>::length(name.path);
    ar.bytes(name.image, sizeof name.image);
    ar.count(length);
    ar.bytes(name.path, length);
}

// The address of the function, from the library that it lies in; that is loaded where it was not. Throws
// pickling_error where the reader does not trust its message to name code, and where this is another build.
void* read_code(reader& in);

// The fewest bytes that one takes.
inline constexpr std::size_t least_code = 2 * sizeof(std::uint64_t);

template <class T>
concept function_pointer = std::is_pointer_v<T> && std::is_function_v<std::remove_pointer_t<T>>;

template <function_pointer T>
struct special_codec<T> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = least_code;

    template <class Archive>
    static void write(Archive& ar, const T& fn) {
        write_code(ar, name_code(reinterpret_cast<const void*>(fn)));
    }
    static T read(reader& in) { return reinterpret_cast<T>(read_code(in)); }
};

// A pointer to a member function, and its way: as the place of its code, or as an index into a table, which
// is the same in each process of this build.
template <class Archive>
void write_member_function(Archive& ar, const platform::member_function_words& fn) {
    const bool is_virtual = platform::names_virtual_function(fn);
    const auto tag = static_cast<std::uint8_t>(is_virtual);
    ar.bytes(&tag, sizeof tag);
    ar.bytes(&fn.words[1], sizeof fn.words[1]);
    if (is_virtual) ar.bytes(&fn.words[0], sizeof fn.words[0]);
    else write_code(ar, name_code(reinterpret_cast<const void*>(fn.words[0])));
}
platform::member_function_words read_member_function(reader& in);

template <class T>
    requires std::is_member_function_pointer_v<T>
struct special_codec<T> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = 1 + sizeof(platform::member_function_words);

    template <class Archive>
    static void write(Archive& ar, const T& fn) {
        write_member_function(ar, std::bit_cast<platform::member_function_words>(fn));
    }
    static T read(reader& in) { return std::bit_cast<T>(read_member_function(in)); }
};

// Throws pickling_error.
void reject_null_member(bool is_null);
void reject_untrusted_code(const reader& in);

template <class T>
    requires std::is_member_object_pointer_v<T>
struct special_codec<T> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = sizeof(T);

    template <class Archive>
    static void write(Archive& ar, const T& member) {
        reject_null_member(member == nullptr);
        ar.bytes(&member, sizeof member);
    }
    static T read(reader& in) {
        reject_untrusted_code(in);
        T member;
        copy_bytes(reinterpret_cast<std::byte*>(&member), in.bytes(sizeof member), sizeof member);
        reject_null_member(member == nullptr);
        return member;
    }
};

// A closure whose captures somebody has promised to mean the same elsewhere. Called as the closure is.
template <class F>
class by_value_call {
public:
    constexpr explicit by_value_call(const F& fn) : fn_(fn) {}

    template <class... A>
        requires std::invocable<F&, A...>
    constexpr decltype(auto) operator()(A&&... args) {
        return fn_(std::forward<A>(args)...);
    }
    template <class... A>
        requires std::invocable<const F&, A...>
    constexpr decltype(auto) operator()(A&&... args) const {
        return fn_(std::forward<A>(args)...);
    }

private:
    F fn_;
};

// `fn`, to be sent as the bytes that it consists of. For a lambda that has captured numbers and other plain
// values. You promise that it holds no pointer and no reference, or none that is followed: the compiler
// cannot see that, and a wrong one reads or writes whatever lies there in the other process.
template <class F>
constexpr by_value_call<std::decay_t<F>> by_value(F&& fn) {
    using closure = std::decay_t<F>;
    static_assert(std::is_class_v<closure>, "pickle::by_value(fn): a function travels as it is; leave by_value out");
    static_assert(!std::is_class_v<closure> || std::is_trivially_copyable_v<closure>,
                  "pickle::by_value(fn): fn is not trivially copyable, so its bytes are not all of it; pass what it "
                  "has captured as arguments");
    return by_value_call<closure>(fn);
}

template <class F>
struct special_codec<by_value_call<F>> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = sizeof(F);

    template <class Archive>
    static void write(Archive& ar, const by_value_call<F>& fn) {
        ar.bytes(&fn, sizeof fn);
    }
    static by_value_call<F> read(reader& in) {
        reject_untrusted_code(in);
        memory m;
        copy_bytes(m.bytes, in.bytes(sizeof m), sizeof m);
        return std::bit_cast<by_value_call<F>>(m);
    }

private:
    struct memory {
        std::byte bytes[sizeof(by_value_call<F>)];
    };
};

}  // namespace concur::pickle

namespace concur {

template <class F>
struct first_parameter<pickle::by_value_call<F>> : first_parameter<F> {};

}  // namespace concur
