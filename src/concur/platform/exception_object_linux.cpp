#include "concur/platform/exception_object.hpp"

#include <cstdint>
#include <cstring>
#include <cxxabi.h>

namespace concur::platform {
namespace {

// The front of what the C++ ABI puts before each exception's object; the same in libstdc++ and libc++abi.
struct object_header {
    std::type_info* type;
    void (*destroy)(void*);
    std::byte rest[96];
};
static_assert(sizeof(object_header) == 112, "the ABI's header of an exception, where pointers have 64 bits");

void* object_of(const std::exception_ptr& error) noexcept {
    static_assert(sizeof(std::exception_ptr) == sizeof(void*));
    void* object = nullptr;
    std::memcpy(&object, static_cast<const void*>(&error), sizeof object);
    return object;
}

}  // namespace

const std::type_info* thrown_type(const std::exception_ptr& error) noexcept {
    return error != nullptr ? error.__cxa_exception_type() : nullptr;
}

std::exception_ptr make_exception(const std::type_info& type, std::size_t size,
                                  void (*construct)(void* at, void* argument), void* argument,
                                  void (*destroy)(void* at)) {
    void* object = abi::__cxa_allocate_exception(size);
    try {
        construct(object, argument);
    } catch (...) {
        abi::__cxa_free_exception(object);
        throw;
    }
    try {
        abi::__cxa_throw(object, const_cast<std::type_info*>(&type), destroy);
    } catch (...) {
        return std::current_exception();
    }
}

void* made_object(const std::exception_ptr& error, void (*destroy)(void* at)) noexcept {
    void* object = object_of(error);
    if (object == nullptr) return nullptr;
    object_header header;
    std::memcpy(&header, static_cast<const std::byte*>(object) - sizeof header, sizeof header);
    return header.type == thrown_type(error) && header.destroy == destroy ? object : nullptr;
}

}  // namespace concur::platform
