// Exceptions on their way, and what is left of them.
#pragma once
#include "concur/pickle/exception.hpp"
#include "concur/platform/exception_object.hpp"

#include <exception>
#include <string>
#include <typeinfo>

namespace sending {

inline std::exception_ptr sent(const std::exception_ptr& error, const concur::platform::raw_trace* trace = nullptr) {
    return concur::pickle::unpack_exception(concur::pickle::pack_exception(error, trace));
}

template <class F>
std::exception_ptr thrown_by(F fn) {
    try {
        fn();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

inline std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    }
}

template <class T>
T as(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const T& e) {
        return e;
    }
}

// The exception inside `error`, as a walk along std::nested_exception finds it.
inline std::exception_ptr inside(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::nested_exception& e) {
        return e.nested_ptr();
    } catch (...) {
        return nullptr;
    }
}

inline const std::type_info& type_of(const std::exception_ptr& error) { return *concur::platform::thrown_type(error); }

}  // namespace sending
