// The names of types, as a person writes them.
#pragma once
#include <exception>
#include <string>
#include <typeinfo>

namespace concur::platform {

std::string type_name(const std::type_info& type);

// The type of the exception that `error` holds; "an unknown type" where the system does not tell.
std::string type_name(const std::exception_ptr& error);

}  // namespace concur::platform
