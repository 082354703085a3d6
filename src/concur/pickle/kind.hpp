// In which way a type travels, or why it does not.
#pragma once
#include "concur/pickle/flat.hpp"

#include <initializer_list>
#include <ios>
#include <memory>
#include <string_view>
#include <system_error>

namespace concur {
template <class T>
class future;
template <class T>
class promise;
}  // namespace concur

namespace concur::pickle {

enum class kind {
    refused,
    hook,
    special,
    boolean,
    flat,
    nothing,  // no bytes: there is but one value
    c_array,
    array,
    tuple,
    optional,
    variant,
    sequence,
    set,
    map,
    adaptor,
    valarray,
    unique_pointer,
    shared_pointer,
    path,
    bitset,
    error_code,
    aggregate,
    opaque,  // private members, and trivially copyable: its memory as it is
};

enum class reason {
    none,
    pointer,
    reference,
    future,
    stream,
    function,
    closure,
    view,
    weak,
    unowned,
    handle,
    immovable,
    choice,
    base,
    members,
    incomplete,
    told,
    hook,
    hidden,
};

// To be made true for a class that looks like a value and is none: template <> inline constexpr bool
// concur::pickle::stays_here<my_handle> = true;
template <class T>
inline constexpr bool stays_here = false;

template <class T>
inline constexpr bool is_unique_pointer = false;
template <class T>
inline constexpr bool is_unique_pointer<std::unique_ptr<T>> = !std::is_array_v<T>;

template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = !std::is_array_v<T> && !std::is_void_v<T>;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::initializer_list<T>> = true;

template <class T>
concept error_code_shaped = std::is_same_v<T, std::error_code> || std::is_same_v<T, std::error_condition>;

template <class T>
concept empty_class = std::is_empty_v<T> && std::is_move_constructible_v<T> &&
                      (std::default_initializable<T> || std::is_trivially_copyable_v<T>);

// Whether `name`, which a compiler gives to a type, is that of a lambda: it ends in a bracket that begins so.
constexpr bool names_lambda(std::string_view name, std::string_view begin) {
    int depth = 0;
    for (std::size_t i = name.size(); i-- != 0;) {
        depth += name[i] == '>' || name[i] == ')';
        depth -= name[i] == '<' || name[i] == '(';
        if (depth <= 0) return name.substr(i).starts_with(begin);
    }
    return false;
}

// The name of T, as the compiler writes it.
template <class T>
constexpr auto name_of() {
    std::string_view name = __PRETTY_FUNCTION__;  // "... [with T = NAME]" or "... [T = NAME]"
    name.remove_prefix(name.find("T = ") + 4);
    name.remove_suffix(1);
    return name;
}

template <class T>
constexpr bool is_closure() {
    return names_lambda(name_of<T>(), "<lambda(") || names_lambda(name_of<T>(), "(lambda at ");
}

// A class that the standard library keeps for itself, like what std::bind makes; or the name of a thread.
template <class T>
constexpr bool is_internal() {
    return name_of<T>().starts_with("std::_") || name_of<T>() == "std::thread::id";
}

template <class T>
inline constexpr bool is_future = requires(T& v) {
    v.valid();
    v.wait();
} || requires(T& v) { v.get_future(); };
template <class T>
inline constexpr bool is_future<concur::future<T>> = true;
template <class T>
inline constexpr bool is_future<concur::promise<T>> = true;

// What a class offers that leads to something which stays in this process, if there is a pointer in it.
template <class T>
concept leads_by_pointer = requires(T& v) { *v; } || requires(T& v) { v.operator->(); } || requires(const T& v) {
    v.name();
} || requires(const T& v) { v.address(); } || requires(const T& v) { v.file_name(); };

// Likewise, or there is a number in it that means something here alone.
template <class T>
concept leads_elsewhere = (leads_by_pointer<T> && !made_of_bytes<T>) || requires(T& v) { v.native_handle(); } ||
                          requires(const T& v) { v.stop_requested(); };

// Some compilers do that for literal types alone. This is none.
class not_literal {
public:
    not_literal();

private:
    int number_;
};

// The compiler can tell whether there is a pointer in a T, private as it may be.
template <class T>
concept can_be_seen_through = __is_literal_type(T) || made_of_bytes<not_literal>;

// Stand for arguments of T's constructors, but for those that copy: a pointer, a variable, a value. Only ever in
// front of a question to the compiler.
template <class T>
struct some_pointer {
    template <class P>
    operator P*() const;
};
template <class T>
struct some_variable {
    template <class U>
        requires(!std::is_const_v<U> && !std::is_same_v<U, T>)
    operator U&() const;
};
template <class T>
struct some_value {
    template <class U>
        requires(!std::is_same_v<U, T>)
    operator U() const;
};
struct stranger {};

// By a constructor of up to three parameters, one of which takes an A.
template <class T, class A, class V = some_value<T>>
concept made_with =
    std::is_constructible_v<T, A> || std::is_constructible_v<T, A, V> || std::is_constructible_v<T, V, A> ||
    std::is_constructible_v<T, A, V, V> || std::is_constructible_v<T, V, A, V> || std::is_constructible_v<T, V, V, A>;

// Where that cannot be told: it has room for a pointer, and a constructor that is given one, or a variable that no
// value can stand for.
template <class T>
concept may_keep_pointer =
    sizeof(T) >= sizeof(void*) && alignof(T) >= alignof(void*) && !made_with<T, stranger> &&
    (made_with<T, some_pointer<T>> || (made_with<T, some_variable<T>> && !made_with<T, some_value<T>>));

template <class T>
concept hides_pointer = !made_of_bytes<T> && (can_be_seen_through<T> || may_keep_pointer<T>);

template <class T>
concept refers = std::is_reference_v<T> || requires(const T& v) {
    { v.get() } -> std::same_as<typename T::type&>;
};

// Of a class that none of the kinds before has taken.
template <class T>
consteval kind kind_of_members() {
    if constexpr (empty_class<T>) return kind::nothing;
    else if constexpr (std::is_aggregate_v<T>) {
        return member_count<T> <= most_members && !has_base<T>() ? kind::aggregate : kind::refused;
    } else if constexpr (!std::is_trivially_copyable_v<T> || hides_pointer<T> || view_shaped<T> || is_list<T> ||
                         leads_elsewhere<T> || refers<T> || is_future<T> || is_closure<T>() || is_internal<T>()) {
        return kind::refused;
    } else {
        return kind::opaque;
    }
}

template <class T>
consteval kind kind_of_class() {
    if constexpr (!std::is_move_constructible_v<T>) return kind::refused;
    else if constexpr (array_shaped<T>) return kind::array;
    else if constexpr (tuple_shaped<T>) return kind::tuple;
    else if constexpr (is_unique_pointer<T>) return kind::unique_pointer;
    else if constexpr (is_shared_pointer<T>) return kind::shared_pointer;
    else if constexpr (path_shaped<T>) return kind::path;
    else if constexpr (optional_shaped<T>) return kind::optional;
    else if constexpr (is_variant<T>) return kind::variant;
    else if constexpr (map_shaped<T>) return kind::map;
    else if constexpr (set_shaped<T>) return kind::set;
    else if constexpr (sequence_shaped<T>) return kind::sequence;
    else if constexpr (adaptor_shaped<T>) return kind::adaptor;
    else if constexpr (valarray_shaped<T>) return kind::valarray;
    else if constexpr (bits_of<T> != 0) return kind::bitset;
    else if constexpr (error_code_shaped<T>) return kind::error_code;
    else return kind_of_members<T>();
}

template <class T>
consteval kind kind_of() {
    if constexpr (stays_here<T> || (std::is_class_v<T> && !defined<T>)) return kind::refused;
    else if constexpr (hooked<T>)
        return std::default_initializable<T> && std::is_move_constructible_v<T> ? kind::hook : kind::refused;
    else if constexpr (special_codec<T>::travels) return kind::special;
    else if constexpr (boolean<T>) return kind::boolean;
    else if constexpr (std::is_null_pointer_v<T>) return kind::nothing;
    else if constexpr (std::is_bounded_array_v<T>) return kind::c_array;
    else if constexpr (flat<T>) return kind::flat;
    else if constexpr (std::is_class_v<T>) return kind_of_class<T>();
    else return kind::refused;
}

template <class T>
consteval reason reason_of_class() {
    if constexpr (refers<T>) return reason::reference;
    else if constexpr (is_future<T>) return reason::future;
    else if constexpr (std::is_base_of_v<std::ios_base, T>) return reason::stream;
    else if constexpr (requires(T& v) { v.target_type(); }) return reason::function;
    else if constexpr (is_closure<T>()) return reason::closure;
    else if constexpr (requires(T& v) { v.expired(); }) return reason::weak;
    else if constexpr (requires(T& v) { v.use_count(); } || requires(T& v) { v.get_deleter(); }) return reason::unowned;
    else if constexpr (view_shaped<T> || is_list<T>) return reason::view;
    else if constexpr (!std::is_move_constructible_v<T>) return reason::immovable;
    else if constexpr (!std::is_aggregate_v<T>)
        return leads_elsewhere<T> || is_internal<T>() || std::is_trivially_copyable_v<T> ? reason::handle
                                                                                         : reason::hidden;
    else return member_count<T> > most_members ? reason::members : reason::base;
}

// Why a T does not travel, whatever it holds.
template <class T>
consteval reason reason_of() {
    if constexpr (kind_of<T>() != kind::refused) return reason::none;
    else if constexpr (stays_here<T>) return reason::told;
    else if constexpr (std::is_class_v<T> && !defined<T> && !is_future<T>) return reason::incomplete;
    else if constexpr (hooked<T>) return reason::hook;
    else if constexpr (std::is_reference_v<T>) return reason::reference;
    else if constexpr (std::is_union_v<T>) return reason::choice;
    else if constexpr (std::is_class_v<T>) return reason_of_class<T>();
    else return reason::pointer;
}

}  // namespace concur::pickle
