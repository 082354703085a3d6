#include "concur/pickle/exception_type.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/platform/type_name.hpp"

#include <initializer_list>
#include <stdexcept>

namespace concur::pickle {
namespace {

struct given_name {
    std::string name;
    const exception_type& type;
    const given_name* next;
};

//   Both lines begin with what came last; nothing leaves them, so who has seen an element may go on
//   without the lock. They are in order before any constructor has run.
constinit lock_word registry_lock;
constinit const registered_exception_type* registered = nullptr;  // guarded by registry_lock
constinit const given_name* given_names = nullptr;                // guarded by registry_lock

const registered_exception_type* all_registered() noexcept {
    const holding held(registry_lock);
    return registered;
}

const given_name* all_names() noexcept {
    const holding held(registry_lock);
    return given_names;
}

// The first for which `fits`, of those that the library knows and of those that the program does.
template <class F>
const exception_type* find_if(F fits) {
    for (const exception_types& known : {standard_exception_types(), own_exception_types()})
        for (const exception_type& type : known)
            if (fits(type)) return &type;
    for (const auto* r = all_registered(); r != nullptr; r = r->next())
        if (fits(r->type())) return &r->type();
    return nullptr;
}

// "T" where that is the readable name of a T into which throw_with_nested() has put another exception.
std::string_view without_nested(std::string_view type_name) noexcept {
    for (const std::string_view wrapper :
         {"std::_Nested_exception<", "std::__nested<", "std::__1::__nested<", "concur::pickle::with_nested<"}) {
        if (!type_name.starts_with(wrapper) || !type_name.ends_with('>')) continue;
        type_name.remove_prefix(wrapper.size());
        type_name.remove_suffix(1);
        while (type_name.ends_with(' ')) type_name.remove_suffix(1);
        return type_name;
    }
    return {};
}

}  // namespace

const exception_type* find_exception_type(const std::type_info& really_thrown) {
    const std::type_info& thrown = known_as(really_thrown);
    const exception_type* found = find_if([&](const exception_type& type) {
        return *type.plain == thrown || (type.with_nested != nullptr && *type.with_nested == thrown);
    });
    if (found != nullptr) return found;
    const std::string name = platform::type_name(thrown);
    const std::string_view inner = without_nested(name);
    if (inner.empty()) return nullptr;
    return find_if([&](const exception_type& type) { return platform::type_name(*type.plain) == inner; });
}

const exception_type* find_exception_type(std::string_view name) noexcept {
    for (const given_name* n = all_names(); n != nullptr; n = n->next)
        if (n->name == name) return &n->type;
    const exception_type* found = find_if([&](const exception_type& type) { return type.name == name; });
    const exception_type* other =
        find_if([&](const exception_type& type) { return type.name == name && *type.plain != *found->plain; });
    return other == nullptr ? found : nullptr;
}

std::string_view name_of(const exception_type& type) noexcept {
    for (const given_name* n = all_names(); n != nullptr; n = n->next)
        if (*n->type.plain == *type.plain) return n->name;
    return type.name;
}

std::string type_name_of(const std::exception_ptr& error) {
    std::string name = platform::type_name(error);
    const std::string_view inner = without_nested(name);
    return inner.empty() ? name : std::string(inner);
}

bool is_own(const exception_type& type) noexcept {
    for (const exception_types& known : {standard_exception_types(), own_exception_types()})
        for (const exception_type& t : known)
            if (&t == &type) return true;
    return false;
}

registered_exception_type::registered_exception_type(const exception_type& type) noexcept : type_(type) {
    const holding held(registry_lock);
    next_ = registered;
    registered = this;
}

void name_exception_type(const exception_type& type, std::string name) {
    if (name.empty()) throw std::invalid_argument("register_exception: the name is empty; leave it out, or give one");
    const exception_type* other = find_exception_type(name);
    if (other != nullptr && *other->plain != *type.plain)
        throw std::invalid_argument("register_exception: the name '" + name + "' belongs to " +
                                    platform::type_name(*other->plain) + "; choose another");
    if (name_of(type) == name) return;
    auto* made = new given_name{std::move(name), type, nullptr};
    const holding held(registry_lock);
    made->next = given_names;
    given_names = made;
}

}  // namespace concur::pickle
