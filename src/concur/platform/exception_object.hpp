// Exceptions taken apart, and made without a `throw` of their type.
#pragma once
#include <cstddef>
#include <exception>
#include <typeinfo>

namespace concur::platform {

// The type that was thrown; null where the system does not tell, and for no exception.
const std::type_info* thrown_type(const std::exception_ptr& error) noexcept;

// An exception of `type`, whose object `construct` makes at the front of `size` bytes (aligned for any
// ordinary type), where it may keep more behind it. `destroy` is run on them when its last owner is
// gone. What `construct` throws goes to the caller, and nothing is left behind.
std::exception_ptr make_exception(const std::type_info& type, std::size_t size,
                                  void (*construct)(void* at, void* argument), void* argument,
                                  void (*destroy)(void* at));

// Where the object of `error` lies, if make_exception() made it with that `destroy`; null otherwise.
void* made_object(const std::exception_ptr& error, void (*destroy)(void* at)) noexcept;

}  // namespace concur::platform
