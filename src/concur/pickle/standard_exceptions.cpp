#include "concur/pickle/exception_type.hpp"

#include <any>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <iterator>
#include <optional>
#include <regex>
#include <variant>

namespace concur::pickle {
namespace {

// What was thrown is a number.
template <class T>
struct number_itself {
    static void save(const T& e, exception_out& out) { out.number(static_cast<std::uint64_t>(e)); }
    static T make(const std::string&, exception_in& in) { return static_cast<T>(in.number()); }
};

struct string_itself {
    static void save(const std::string& e, exception_out& out) { out.text(e); }
    static std::string make(const std::string&, exception_in& in) { return std::string(in.text()); }
};

const std::error_category* const categories[] = {&std::generic_category(), &std::system_category(),
                                                 &std::iostream_category(), &std::future_category()};

// Codes of a category that is not here in the same way cannot travel.
void save_code(const std::error_code& code, exception_out& out) {
    for (const std::error_category* category : categories)
        if (*category == code.category()) {
            out.text(category->name());
            return out.number(static_cast<std::uint64_t>(code.value()));
        }
    throw pickling_error("an error code of the category '" + std::string(code.category().name()) + "' does not travel");
}

std::error_code read_code(exception_in& in) {
    const std::string_view name = in.text();
    const auto value = static_cast<int>(in.number());
    for (const std::error_category* category : categories)
        if (name == category->name()) return {value, *category};
    throw pickling_error("the bytes name a category of errors that is not known here");
}

// An exception whose constructor makes a text of its own, with the one that it had.
template <class Base, class T>
T with_text(T error, const std::string& what) {
    static_cast<Base&>(error) = Base(what);
    return error;
}

template <class T>
struct with_code {
    static void save(const T& e, exception_out& out) { save_code(e.code(), out); }
    static T make(const std::string& what, exception_in& in) {
        const std::error_code code = read_code(in);
        if constexpr (std::constructible_from<T, std::error_code>) return with_text<std::runtime_error>(T(code), what);
        else return with_text<std::runtime_error>(T(what, code), what);
    }
};

struct future_fields {
    static void save(const std::future_error& e, exception_out& out) { save_code(e.code(), out); }
    static std::future_error make(const std::string& what, exception_in& in) {
        const auto code = static_cast<std::future_errc>(read_code(in).value());
        return with_text<std::logic_error>(std::future_error(code), what);
    }
};

struct regex_fields {
    static void save(const std::regex_error& e, exception_out& out) {
        out.number(static_cast<std::uint64_t>(e.code()));
    }
    static std::regex_error make(const std::string& what, exception_in& in) {
        const auto code = in.number();
        if (code > std::regex_constants::error_stack)
            throw pickling_error("the bytes name an error of regular expressions that there is not");
        const auto known = static_cast<std::regex_constants::error_type>(code);
        return with_text<std::runtime_error>(std::regex_error(known), what);
    }
};

// Its what() is made of four things, of which the text is the first.
struct file_fields {
    using failure = std::filesystem::filesystem_error;

    static void save(const failure& e, exception_out& out) {
        save_code(e.code(), out);
        std::string_view text = e.std::system_error::what();
        const std::string added = ": " + e.code().message();
        if (text.ends_with(added)) text.remove_suffix(added.size());
        out.message(text);
        out.text(e.path1().native());
        out.text(e.path2().native());
    }
    static failure make(const std::string&, exception_in& in) {
        const std::error_code code = read_code(in);
        const std::string text = in.message();
        const std::filesystem::path first(in.text());
        const std::filesystem::path second(in.text());
        if (!second.empty()) return failure(text, first, second, code);
        return first.empty() ? failure(text, code) : failure(text, first, code);
    }
};

// A `const char*`, and the text that it points to: that lives as long as the exception.
struct arrived_text {
    const char* thrown;
    exception_origin origin;
    std::string text;

    struct plan {
        std::string_view text;
        exception_origin& origin;
    };

    static void make(void* at, void* argument) {
        plan& p = *static_cast<plan*>(argument);
        auto* made = new (at) arrived_text{nullptr, std::move(p.origin), std::string(p.text)};
        made->thrown = made->text.c_str();
    }

    static void destroy(void* at) { static_cast<arrived_text*>(at)->~arrived_text(); }

    static void save(const std::exception_ptr& error, exception_out& out) {
        try {
            std::rethrow_exception(error);
        } catch (const char* text) {
            if (text == nullptr) throw pickling_error("a null pointer was thrown");
            out.text(text);
        }
    }

    static std::exception_ptr load(const std::string&, exception_in& in, exception_origin origin) {
        plan p{in.text(), origin};
        return platform::make_exception(typeid(const char*), sizeof(arrived_text), &make, &p, &destroy);
    }

    static exception_origin origin_of(const std::exception_ptr& error) {
        void* found = platform::made_object(error, &destroy);
        return found != nullptr ? static_cast<arrived_text*>(found)->origin : nullptr;
    }

    static constexpr exception_type type() {
        return {"const char*", &typeid(const char*), nullptr, &save, &load, &load, &origin_of};
    }
};

template <class T>
constexpr exception_type plain(const char* name) {
    return exception_type_of<T, no_fields<T>>::made(name);
}

template <class T, class Fields>
constexpr exception_type with_fields(const char* name) {
    return exception_type_of<T, Fields>::made(name);
}

using std::ios_base;
using std::filesystem::filesystem_error;

constexpr exception_type standard_types[] = {
    plain<std::runtime_error>("std::runtime_error"),
    plain<std::logic_error>("std::logic_error"),
    plain<std::invalid_argument>("std::invalid_argument"),
    plain<std::domain_error>("std::domain_error"),
    plain<std::length_error>("std::length_error"),
    plain<std::out_of_range>("std::out_of_range"),
    plain<std::range_error>("std::range_error"),
    plain<std::overflow_error>("std::overflow_error"),
    plain<std::underflow_error>("std::underflow_error"),
    plain<std::exception>("std::exception"),
    plain<std::bad_alloc>("std::bad_alloc"),
    plain<std::bad_array_new_length>("std::bad_array_new_length"),
    plain<std::bad_cast>("std::bad_cast"),
    plain<std::bad_typeid>("std::bad_typeid"),
    plain<std::bad_exception>("std::bad_exception"),
    plain<std::bad_any_cast>("std::bad_any_cast"),
    plain<std::bad_function_call>("std::bad_function_call"),
    plain<std::bad_optional_access>("std::bad_optional_access"),
    plain<std::bad_variant_access>("std::bad_variant_access"),
    plain<std::bad_weak_ptr>("std::bad_weak_ptr"),
    with_fields<std::system_error, with_code<std::system_error>>("std::system_error"),
    with_fields<ios_base::failure, with_code<ios_base::failure>>("std::ios_base::failure"),
    with_fields<std::future_error, future_fields>("std::future_error"),
    with_fields<std::regex_error, regex_fields>("std::regex_error"),
    with_fields<filesystem_error, file_fields>("std::filesystem::filesystem_error"),
    with_fields<std::string, string_itself>("std::string"),
    with_fields<int, number_itself<int>>("int"),
    with_fields<long, number_itself<long>>("long"),
    arrived_text::type(),
};

}  // namespace

// The standard library's own code throws ios_base::failure in a form that two of its ABIs can catch.
const std::type_info& known_as(const std::type_info& thrown) noexcept {
    return std::strcmp(thrown.name(), "St13__ios_failure") == 0 ? typeid(ios_base::failure) : thrown;
}

exception_types standard_exception_types() noexcept { return {std::begin(standard_types), std::end(standard_types)}; }

}  // namespace concur::pickle
