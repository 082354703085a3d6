#include "concur/pickle/exception.hpp"

#include "concur/pickle/exception_trace.hpp"
#include "concur/pickle/exception_type.hpp"
#include "concur/platform/exception_object.hpp"

namespace concur::pickle {
namespace {

constexpr std::uint64_t no_exception = 0, an_exception = 1;

std::string_view or_empty(const char* text) noexcept { return text != nullptr ? text : ""; }

// What any exception tells of itself.
struct told {
    std::string what;
    std::exception_ptr nested;
};

std::exception_ptr nested_in(const std::exception& e) {
    if (const auto* remote = dynamic_cast<const remote_error*>(&e)) return remote->nested();
    const auto* holder = dynamic_cast<const std::nested_exception*>(&e);
    return holder != nullptr ? holder->nested_ptr() : nullptr;
}

std::exception_ptr nested_in(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::nested_exception& e) {
        return e.nested_ptr();
    } catch (...) {
        return nullptr;
    }
}

told tell(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return {std::string(or_empty(e.what())), nested_in(e)};
    } catch (const std::string& text) {
        return {text, nested_in(error)};
    } catch (const char* text) {
        return {std::string(or_empty(text)), nullptr};
    } catch (...) {
        return {"what was thrown is no std::exception, and has no what()", nested_in(error)};
    }
}

std::string traceback_of(const exception_type* type, const std::exception_ptr& error) {
    const exception_origin origin = type != nullptr ? type->origin(error) : nullptr;
    return origin != nullptr ? origin->remote_traceback() : std::string();
}

// What the bytes tell of an exception, whatever its type.
struct arrived {
    std::string type_name, what, traceback;
    std::string_view trace;
    std::exception_ptr nested;

    remote_error as_remote(std::exception_ptr with) const {
        if (!traceback.empty() || trace.empty()) return remote_error(type_name, what, traceback, std::move(with));
        const auto describe = [bytes = std::string(trace)] { return describe_trace(bytes); };
        return remote_error(type_name, what, describe, std::move(with));
    }
    exception_origin origin() const {
        if (traceback.empty() && trace.empty()) return nullptr;
        return std::make_shared<const remote_error>(as_remote(nullptr));
    }
};

// Null where its fields are not what they should be: then it arrives as one that is not known.
std::exception_ptr load_known(const exception_type& type, const arrived& all, exception_in& fields) {
    try {
        std::exception_ptr made;
        if (all.nested == nullptr) made = type.load(all.what, fields, all.origin());
        else try {
                std::rethrow_exception(all.nested);
            } catch (...) {
                made = type.load_nested(all.what, fields, all.origin());
            }
        return fields.at_end() ? made : nullptr;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (...) {
        return nullptr;
    }
}

std::exception_ptr load_remote(const arrived& all) {
    if (all.nested == nullptr) return std::make_exception_ptr(all.as_remote(nullptr));
    try {
        std::rethrow_exception(all.nested);
    } catch (...) {
        return std::make_exception_ptr(with_nested<remote_error>(all.as_remote(all.nested)));
    }
}

}  // namespace

void exception_out::exception(const std::exception_ptr& error) {
    if (error == nullptr || depth_ == most_nested) return number(no_exception);
    const std::type_info* thrown = platform::thrown_type(error);
    const exception_type* type = thrown != nullptr ? find_exception_type(*thrown) : nullptr;
    exception_out fields(depth_ + 1);
    try {
        if (type != nullptr && type->save != nullptr) type->save(error, fields);
    } catch (...) {
        type = nullptr;  // it goes as one that is not known
        fields.bytes_.clear();
    }
    const told all = tell(error);
    number(an_exception);
    text(type != nullptr ? name_of(*type) : "");
    message(type != nullptr && is_own(*type) ? "" : type_name_of(error));
    message(all.what);
    message(traceback_of(type, error));
    text(fields.bytes_);
    ++depth_;
    exception(all.nested);
    --depth_;
}

std::exception_ptr exception_in::exception() { return exception(std::string_view()); }

std::exception_ptr exception_in::exception(std::string_view trace) {
    if (number() == no_exception) return nullptr;
    if (depth_ == most_nested) throw pickling_error("the bytes hold exceptions inside one another without end");
    const std::string_view name = text();
    arrived all{message(), message(), message(), trace, nullptr};
    if (all.type_name.empty()) all.type_name = name;
    exception_in fields(text(), trusts_code_);
    fields.depth_ = ++depth_;
    all.nested = fields.nested_ = exception();
    --depth_;
    const exception_type* type = find_exception_type(name);
    std::exception_ptr made = type != nullptr ? load_known(*type, all, fields) : nullptr;
    return made != nullptr ? made : load_remote(all);
}

std::string pack_exception(const std::exception_ptr& error, const platform::raw_trace* trace) {
    exception_out out;
    out.text(trace != nullptr ? trace_to_bytes(*trace) : "");
    out.exception(error);
    return out.bytes();
}

std::exception_ptr unpack_exception(std::string_view bytes, bool trusts_code) {
    exception_in in(bytes, trusts_code);
    const std::string_view trace = in.text();
    std::exception_ptr error = in.exception(trace);
    if (!in.at_end()) throw pickling_error("bytes are left after an exception");
    return error;
}

std::exception_ptr read_exception(reader& in) {
    const std::size_t size = in.count(1);
    const std::string bytes(reinterpret_cast<const char*>(in.bytes(size)), size);  // nobody changes this any more
    return unpack_exception(bytes, in.trusts_code());
}

std::string remote_traceback(const std::exception_ptr& error) {
    const std::type_info* thrown = platform::thrown_type(error);
    const exception_type* type = thrown != nullptr ? find_exception_type(*thrown) : nullptr;
    if (std::string known = traceback_of(type, error); !known.empty()) return known;
    try {
        if (error != nullptr) std::rethrow_exception(error);
    } catch (const remote_error& e) {
        return e.remote_traceback();
    } catch (...) {
        return {};
    }
    return {};
}

}  // namespace concur::pickle
