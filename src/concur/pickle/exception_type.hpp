// The types of exceptions that arrive as themselves.
#pragma once
#include "concur/core/process_error.hpp"
#include "concur/pickle/exception_bytes.hpp"
#include "concur/platform/exception_object.hpp"

#include <concepts>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace concur::pickle {

// Where an exception came from: null where that is not known, or was here.
using exception_origin = std::shared_ptr<const remote_error>;

// One such type. There is one for each, and it lives for ever.
struct exception_type {
    const char* name;                    // on the way
    const std::type_info* plain;         // T
    const std::type_info* with_nested;   // T with another exception inside; null where T cannot have one
    // Writes what what() does not tell; null where that is all. Throws what it likes where `error` cannot travel as itself.
    void (*save)(const std::exception_ptr& error, exception_out& out);
    // An exception of type T, or, in a handler of the exception that it holds, of T with that one inside.
    std::exception_ptr (*load)(const std::string& what, exception_in& in, exception_origin origin);
    std::exception_ptr (*load_nested)(const std::string& what, exception_in& in, exception_origin origin);
    // Of an exception of exactly T, plain or not.
    exception_origin (*origin)(const std::exception_ptr& error);
};

// What is to be known of the type of an exception.
const exception_type* find_exception_type(const std::type_info& thrown);
// As a person writes it, without what std::throw_with_nested() has put around it.
std::string type_name_of(const std::exception_ptr& error);
// By what it is called on the way; null too where two are called so.
const exception_type* find_exception_type(std::string_view name) noexcept;
// What exceptions of that type are called on the way.
std::string_view name_of(const exception_type& type) noexcept;

// The types that the library knows by itself: the standard's, and its own.
struct exception_types {
    const exception_type *first, *last;
    const exception_type* begin() const noexcept { return first; }
    const exception_type* end() const noexcept { return last; }
};
exception_types standard_exception_types() noexcept;
exception_types own_exception_types() noexcept;
bool is_own(const exception_type& type) noexcept;  // one of those
// The public type for one that the standard library keeps for itself; else the same.
const std::type_info& known_as(const std::type_info& thrown) noexcept;

// A type that the program has made known. It is in force from its construction on, for ever, on all threads.
class registered_exception_type {
public:
    explicit registered_exception_type(const exception_type& type) noexcept;
    registered_exception_type(const registered_exception_type&) = delete;
    registered_exception_type& operator=(const registered_exception_type&) = delete;

    const exception_type& type() const noexcept { return type_; }
    const registered_exception_type* next() const noexcept { return next_; }

private:
    const exception_type type_;
    const registered_exception_type* next_ = nullptr;  // the one that was made known before
};

// From now on exceptions of that type are called `name` on the way; both names are understood. Throws
// std::invalid_argument for an empty name, and for one of another type.
void name_exception_type(const exception_type& type, std::string name);

//   The object of an exception that has arrived: what was thrown, and behind it where it came from.
template <class Thrown>
struct arrived_exception {
    Thrown thrown;
    exception_origin origin;

    static void destroy(void* at) { static_cast<arrived_exception*>(at)->~arrived_exception(); }

    static exception_origin origin_of(const std::exception_ptr& error) {
        void* found = platform::made_object(error, &destroy);
        return found != nullptr ? static_cast<arrived_exception*>(found)->origin : nullptr;
    }

    // Of what `make()` returns.
    template <class F>
    static std::exception_ptr made(F make, exception_origin& origin) {
        struct plan {
            F& make;
            exception_origin& origin;
        } all{make, origin};
        const auto construct = [](void* at, void* argument) {
            plan& p = *static_cast<plan*>(argument);
            new (at) arrived_exception{p.make(), std::move(p.origin)};
        };
        return platform::make_exception(typeid(Thrown), sizeof(arrived_exception), construct, &all, &destroy);
    }
};

// As std::throw_with_nested throws it: made in a handler of the exception that it is to hold.
template <class T>
class with_nested : public T, public std::nested_exception {
public:
    explicit with_nested(T&& without) : T(std::move(without)) {}
};

template <class T>
concept can_be_nested_in = std::is_class_v<T> && !std::is_final_v<T> && std::move_constructible<T> &&
                           !std::derived_from<T, std::nested_exception>;

// The fields of a type that has nothing but its what(), or not even that.
template <class T>
struct no_fields {
    static void save(const T&, exception_out&) {}
    static T make([[maybe_unused]] const std::string& what, exception_in&) {
        if constexpr (std::constructible_from<T, const std::string&>) return T(what);
        else return T();
    }
};

// An exception_type for T. `Fields` has
//     static void save(const T& error, exception_out& out);
//     static T make(const std::string& what, exception_in& in);
template <class T, class Fields>
class exception_type_of {
public:
    static constexpr exception_type made(const char* name) noexcept {
        constexpr bool has_fields = !std::is_same_v<Fields, no_fields<T>>;
        return {name, &typeid(T), nested_type(), has_fields ? &save : nullptr, &load, &load_nested, &origin};
    }

private:
    static_assert(alignof(T) <= alignof(std::max_align_t), "an exception's object is aligned as malloc's memory is");

    static constexpr const std::type_info* nested_type() noexcept {
        if constexpr (can_be_nested_in<T>) return &typeid(with_nested<T>);
        else return nullptr;
    }

    static void save(const std::exception_ptr& error, exception_out& out) {
        try {
            std::rethrow_exception(error);
        } catch (const T& e) {
            Fields::save(e, out);
        }
    }

    static std::exception_ptr load(const std::string& what, exception_in& in, exception_origin origin) {
        return arrived_exception<T>::made([&] { return Fields::make(what, in); }, origin);
    }

    static std::exception_ptr load_nested(const std::string& what, exception_in& in, exception_origin origin) {
        if constexpr (can_be_nested_in<T>)
            return arrived_exception<with_nested<T>>::made([&] { return with_nested<T>(Fields::make(what, in)); },
                                                           origin);
        else return load(what, in, std::move(origin));
    }

    static exception_origin origin(const std::exception_ptr& error) {
        exception_origin found = arrived_exception<T>::origin_of(error);
        if constexpr (can_be_nested_in<T>)
            if (found == nullptr) found = arrived_exception<with_nested<T>>::origin_of(error);
        return found;
    }
};

}  // namespace concur::pickle
