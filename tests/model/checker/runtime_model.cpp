// The parts of the C++ runtime that threads share without the checked program's sources showing it:
// exception objects with their count of owners, and the guards of function-local statics.
#include "engine.hpp"
#include "word_calls.hpp"

#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <exception>

namespace {

using namespace concur::model;

// Before a thrown object lie its count of owners and its header (the Itanium ABI's on x86-64):
//   object - 128  int, owners;  object - 120  unused, always zero;  object - 112  header.
constexpr std::size_t before_object = 128;
constexpr std::size_t header_size = 112;
constexpr std::size_t class_in_header = 80;

struct header {
    std::type_info* type;  // in an exception that only refers to another: that one's object
    void (*destroy)(void*);
};

void* allocate(std::size_t size) {
    if (!in_program) return std::calloc(1, size);
    const visit v;
    engine& e = *the_engine;
    block about{};
    about.allocated = place_of(__builtin_return_address(0));
    about.by = static_cast<std::uint8_t>(e.current_id());
    void* p = e.blocks.allocate(size, 16, about);
    if (p == nullptr) e.fail("the scenario uses more memory than the checker has");
    return std::memset(p, 0, size);
}

// The owners' count is decremented where the engine does not see it, so no race is looked for.
void release(void* p) {
    engine& e = *the_engine;
    if (the_engine == nullptr || !e.blocks.owns(p)) return std::free(p);
    block* b = e.blocks.find(p);
    if (b != nullptr && b->alive) e.blocks.free(*b, 0);
}

char* bytes(void* object) { return static_cast<char*>(object); }

// Owners of an exception object that let it go come one after the other.
void synchronise(void* object) {
    if (!in_program || !the_engine->blocks.owns(object)) return;
    const visit v;
    the_engine->synchronise(bytes(object) - before_object + 8);
}

using end_catch = void();
end_catch* real_end_catch() {
    void* found = dlsym(RTLD_NEXT, "__cxa_end_catch");
    end_catch* call = nullptr;
    std::memcpy(&call, &found, sizeof call);
    return call;
}
end_catch* const next_end_catch = real_end_catch();

// The object that the innermost handler of this thread has caught; null for a foreign one.
void* caught_object() {
    char* top = nullptr;
    std::memcpy(&top, abi::__cxa_get_globals(), sizeof top);
    if (top == nullptr) return nullptr;
    std::uint64_t kind = 0;
    std::memcpy(&kind, top + class_in_header, sizeof kind);
    constexpr std::uint64_t ours = 0x474E5543432B2B00U;  // "GNUCC++", and 1 where it only refers
    if ((kind & ~std::uint64_t{1}) != ours) return nullptr;
    if (kind == ours) return top + header_size;
    void* object = nullptr;
    std::memcpy(&object, top, sizeof object);
    return object;
}

}  // namespace

void std::__exception_ptr::exception_ptr::_M_addref() noexcept {
    if (_M_exception_object == nullptr) return;
    auto* owners = reinterpret_cast<int*>(bytes(_M_exception_object) - before_object);
    ++*owners;
}

void std::__exception_ptr::exception_ptr::_M_release() noexcept {
    if (_M_exception_object == nullptr) return;
    synchronise(_M_exception_object);
    auto* owners = reinterpret_cast<int*>(bytes(_M_exception_object) - before_object);
    if (--*owners != 0) return;
    header h{};
    std::memcpy(&h, bytes(_M_exception_object) - header_size, sizeof h);
    if (h.destroy != nullptr) h.destroy(_M_exception_object);
    release(bytes(_M_exception_object) - before_object);
    _M_exception_object = nullptr;
}

namespace __cxxabiv1 {
extern "C" {

void* __cxa_allocate_exception(std::size_t size) noexcept {
    return bytes(allocate(size + before_object)) + before_object;
}
void __cxa_free_exception(void* object) noexcept { release(bytes(object) - before_object); }

void __cxa_end_catch() {
    void* object = in_program ? caught_object() : nullptr;
    if (object != nullptr) synchronise(object);
    next_end_catch();
}

// The first byte of a guard: the object is made. The second: someone is making it.
int __cxa_guard_acquire(__guard* g) {
    char* making = reinterpret_cast<char*>(g) + 1;
    const auto newest = [g](const void* code) {  // as a change that changes nothing
        return change_word(g, 1, change::bit_or, 0, std::memory_order_acquire, code);
    };
    while (newest(__builtin_return_address(0)) == 0) {
        if (*making == 0) {
            *making = 1;
            return 1;
        }
        const visit v;
        the_engine->yield(place_of(__builtin_return_address(0)));
    }
    return 0;
}
void __cxa_guard_release(__guard* g) noexcept {
    store_word(g, 1, 1, std::memory_order_release, __builtin_return_address(0));
    *(reinterpret_cast<char*>(g) + 1) = 0;
}
void __cxa_guard_abort(__guard* g) noexcept { *(reinterpret_cast<char*>(g) + 1) = 0; }

}  // extern "C"
}  // namespace __cxxabiv1
