#include "concur/platform/type_name.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace concur::platform {

std::string type_name(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable(
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
    return status == 0 ? readable.get() : type.name();
}

std::string type_name(const std::exception_ptr& error) {
    const std::type_info* type = error ? error.__cxa_exception_type() : nullptr;
    return type != nullptr ? type_name(*type) : "an unknown type";
}

}  // namespace concur::platform
