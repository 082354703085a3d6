// Which values travel, and one sentence for each that does not.
#pragma once
#include "concur/pickle/containers.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/pickle/function.hpp"
#include "concur/pickle/vocabulary.hpp"

#include <type_traits>

namespace concur::pickle {

template <class T>
using part_type = std::remove_cv_t<std::remove_all_extents_t<T>>;

// What keeps a T from travelling.
template <class T, reason R>
struct verdict {
    using culprit = T;
    static constexpr reason why = R;
};
using travels = verdict<void, reason::none>;

template <class T, class... Outer>
struct judge;

// The first verdict that is not `travels`.
template <class... Outer>
consteval auto judge_parts(types<>) {
    return travels();
}
template <class... Outer, class First, class... Rest>
consteval auto judge_parts(types<First, Rest...>) {
    using first = typename judge<part_type<First>, Outer...>::type;
    if constexpr (std::is_same_v<first, travels>) return judge_parts<Outer...>(types<Rest...>());
    else return first();
}

// A type that holds itself, by way of pointers or containers, is judged once.
template <class T, class... Outer>
consteval auto judged() {
    if constexpr ((std::is_same_v<T, Outer> || ...)) return travels();
    else if constexpr (reason_of<T>() != reason::none) return verdict<T, reason_of<T>()>();
    else if constexpr (std::is_same_v<typename codec<T>::parts, types<>>) return travels();
    else return judge_parts<T, Outer...>(typename codec<T>::parts());
}

template <class T, class... Outer>
struct judge {
    using type = decltype(judged<T, Outer...>());
};

// A T can be written, and read in another process of this program.
template <class T>
concept picklable = std::is_same_v<typename judge<T>::type, travels>;

// Says why `T` does not travel: `Culprit`, which is T or part of it, does not.
template <class T, class Culprit, reason Why>
constexpr void explain() {
    static_assert(
        Why != reason::pointer,
        "pickle: a pointer means nothing in another process; pass the value, a std::unique_ptr, or a std::string");
    static_assert(
        Why != reason::reference,
        "pickle: a reference means nothing in another process; pass the value, and return what becomes of it");
    static_assert(Why != reason::future, "pickle: a future or promise stays in its process; pass its result");
    static_assert(Why != reason::stream,
                  "pickle: a stream stays in its process; pass its text, or the name of its file");
    static_assert(Why != reason::function,
                  "pickle: what a std::function holds cannot be seen; pass the function itself, by its own type");
    static_assert(
        Why != reason::closure,
        "pickle: what a lambda has captured cannot be seen; pass the values as arguments, or promise that they "
        "travel with pickle::by_value(fn)");
    static_assert(
        Why != reason::view,
        "pickle: a view refers to elements that stay behind; store a std::string or std::vector (a function's "
        "parameter may be a std::string_view or std::span<const T>)");
    static_assert(Why != reason::weak, "pickle: a std::weak_ptr does not own what it leads to; pass a std::shared_ptr");
    static_assert(
        Why != reason::unowned,
        "pickle: of smart pointers std::unique_ptr<T> and std::shared_ptr<T> to one object travel; for an array "
        "pass a std::vector");
    static_assert(
        Why != reason::handle,
        "pickle: an iterator, a handle or a pointer in a class means nothing in another process; pass the value "
        "that it leads to, or give the class a concur_serialize(archive, value)");
}

// Likewise, where it is the way in which the class is written.
template <class T, class Culprit, reason Why>
constexpr void explain_class() {
    static_assert(Why != reason::immovable,
                  "pickle: what cannot be moved, as a lock or an atomic, stays in its process; pass its value");
    static_assert(Why != reason::choice, "pickle: nobody knows which member of a union is alive; pass a std::variant");
    static_assert(
        Why != reason::base,
        "pickle: the members of a class with a base cannot be told apart; make the base a member, or give the "
        "class a concur_serialize(archive, value)");
    static_assert(Why != reason::members,
                  "pickle: the members of this aggregate cannot be counted: one is a reference, or there are more than "
                  "64; give it a concur_serialize(archive, value)");
    static_assert(Why != reason::incomplete,
                  "pickle: this type is declared here and not defined; include the header that defines it");
    static_assert(Why != reason::told,
                  "pickle: pickle::stays_here is true for this type; pass the value that it stands for");
    static_assert(Why != reason::hook,
                  "pickle: a class with a concur_serialize(archive, value) is made by its default constructor and then "
                  "moved; give it both");
    static_assert(
        Why != reason::hidden,
        "pickle: the members of this class cannot be seen: it is no aggregate (a member is private, or it has a "
        "constructor or a virtual function); beside it write template <class Archive> void "
        "concur_serialize(Archive& ar, T& v) { ar(v.a, v.b); }");
}

// One failing static_assert for a T that does not travel; nothing for one that does.
template <class T>
constexpr void explain_value() {
    using found = typename judge<T>::type;
    explain<T, typename found::culprit, found::why>();
    explain_class<T, typename found::culprit, found::why>();
}

}  // namespace concur::pickle
