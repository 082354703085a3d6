// Exceptions of the program's own types that arrive as themselves.
#pragma once
#include "concur/pickle/exception_type.hpp"
#include "concur/pickle/value.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace concur::pickle {

template <class T>
concept made_of_text = std::constructible_from<T, const std::string&> || std::constructible_from<T, const char*> ||
                       std::default_initializable<T>;

// It has room for its what(), and for nothing more.
template <class T>
concept only_what = made_of_text<T> && std::derived_from<T, std::exception> &&
                    (sizeof(T) == sizeof(std::exception) || sizeof(T) == sizeof(std::exception) + sizeof(std::string) ||
                     (std::derived_from<T, std::runtime_error> && sizeof(T) == sizeof(std::runtime_error)) ||
                     (std::derived_from<T, std::logic_error> && sizeof(T) == sizeof(std::logic_error)));

// No concept: a compiler would explain at length what it consists of.
template <class T>
inline constexpr bool can_be_registered =
    std::move_constructible<T> && ((hooked<T> && made_of_text<T>) || picklable<T> || only_what<T>);

template <class T>
T made_of_what([[maybe_unused]] const std::string& what) {
    if constexpr (std::constructible_from<T, const std::string&>) return T(what);
    else if constexpr (std::constructible_from<T, const char*>) return T(what.c_str());
    else return T();
}

// What a registered exception has beside its what().
template <class T>
struct registered_fields {
    static void save([[maybe_unused]] const T& error, [[maybe_unused]] exception_out& out) {
        if constexpr (hooked<T> || picklable<T>) {
            sizer counts;
            write(counts, error);
            std::string bytes(counts.size(), '\0');
            writer into(reinterpret_cast<std::byte*>(bytes.data()), bytes.size());
            write(into, error);
            out.text(std::string_view(bytes).substr(0, into.size()));
        }
    }

    static T make(const std::string& what, [[maybe_unused]] exception_in& in) {
        if constexpr (hooked<T> || picklable<T>) {
            const std::string_view bytes = in.text();
            reader from(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), in.trusts_code());
            return read(what, from);
        } else {
            return made_of_what<T>(what);
        }
    }

private:
    template <class Archive>
    static void write(Archive& ar, const T& error) {
        if constexpr (hooked<T>) concur_serialize(ar, const_cast<T&>(error));
        else codec<T>::write(ar, error);
    }

    static T read([[maybe_unused]] const std::string& what, reader& in) {
        if constexpr (hooked<T>) {
            T made = made_of_what<T>(what);
            concur_serialize(in, made);
            in.expect_end();
            return made;
        } else {
            T made = codec<T>::read(in);
            in.expect_end();
            return made;
        }
    }
};

template <class T>
const exception_type& registered_type() {
    static const registered_exception_type made(exception_type_of<T, registered_fields<T>>::made(typeid(T).name()));
    return made.type();
}

// That a program has register_exception<T>() in it is enough: this runs before main(), in its workers too,
// which never come to the line that the call is on.
template <class T>
struct registered_from_start {
    static inline const bool done = (registered_type<T>(), true);
};

// From the start of the program on exceptions of exactly T arrive as a T where they would have been a
// remote_error. T says how it travels in one of these ways:
//   a hook, concur_serialize(archive, T&), for what it has beside its what(): on arrival T is made of the
//       text, or by default, and then handed to the hook;
//   it is picklable as it is;
//   it has a what() and nothing else: it is made of the text, or by default.
// Any thread may call it, and any number of times. True, so that it can stand at namespace scope.
template <class T>
bool register_exception() {
    static_assert(can_be_registered<T>,
                  "register_exception<T>(): it is not known how to make a T again; give it a hook, "
                  "concur_serialize(archive, T&), or, where it has nothing but its what(), a constructor from "
                  "std::string");
    if constexpr (can_be_registered<T>) {
        static_cast<void>(&registered_from_start<T>::done);
        registered_type<T>();  // also before that, while the program starts
    }
    return true;
}

// The same, and calls it `name` on the way from now on: for programs that are not the same build, and types
// that two files have under one name. Throws std::invalid_argument for an empty name, and one that another type has.
template <class T>
bool register_exception(std::string name) {
    const bool known = register_exception<T>();
    if constexpr (can_be_registered<T>) name_exception_type(registered_type<T>(), std::move(name));
    return known;
}

}  // namespace concur::pickle
