// What the compiler calls for each plain access of an instrumented source. No scheduling points.
#include "engine.hpp"

#include <cstring>

namespace {

using concur::model::in_program;
using concur::model::place_of;
using concur::model::touch;

[[gnu::always_inline]] inline void note(const volatile void* at, std::size_t size, touch how, const void* code) {
    if (!in_program || size == 0) return;
    concur::model::the_engine->note(reinterpret_cast<std::uintptr_t>(at), size, how, place_of(code));
}

}  // namespace

// The names are the compiler's.
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}

void __tsan_read1(void* p) { note(p, 1, touch::read, __builtin_return_address(0)); }
void __tsan_read2(void* p) { note(p, 2, touch::read, __builtin_return_address(0)); }
void __tsan_read4(void* p) { note(p, 4, touch::read, __builtin_return_address(0)); }
void __tsan_read8(void* p) { note(p, 8, touch::read, __builtin_return_address(0)); }
void __tsan_read16(void* p) { note(p, 16, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_read2(void* p) { note(p, 2, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_read4(void* p) { note(p, 4, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_read8(void* p) { note(p, 8, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_read16(void* p) { note(p, 16, touch::read, __builtin_return_address(0)); }
void __tsan_volatile_read1(void* p) { note(p, 1, touch::read, __builtin_return_address(0)); }
void __tsan_volatile_read2(void* p) { note(p, 2, touch::read, __builtin_return_address(0)); }
void __tsan_volatile_read4(void* p) { note(p, 4, touch::read, __builtin_return_address(0)); }
void __tsan_volatile_read8(void* p) { note(p, 8, touch::read, __builtin_return_address(0)); }
void __tsan_volatile_read16(void* p) { note(p, 16, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_read2(void* p) { note(p, 2, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_read4(void* p) { note(p, 4, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_read8(void* p) { note(p, 8, touch::read, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_read16(void* p) { note(p, 16, touch::read, __builtin_return_address(0)); }
void __tsan_read_range(void* p, std::size_t n) { note(p, n, touch::read, __builtin_return_address(0)); }

void __tsan_write1(void* p) { note(p, 1, touch::write, __builtin_return_address(0)); }
void __tsan_write2(void* p) { note(p, 2, touch::write, __builtin_return_address(0)); }
void __tsan_write4(void* p) { note(p, 4, touch::write, __builtin_return_address(0)); }
void __tsan_write8(void* p) { note(p, 8, touch::write, __builtin_return_address(0)); }
void __tsan_write16(void* p) { note(p, 16, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_write2(void* p) { note(p, 2, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_write4(void* p) { note(p, 4, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_write8(void* p) { note(p, 8, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_write16(void* p) { note(p, 16, touch::write, __builtin_return_address(0)); }
void __tsan_volatile_write1(void* p) { note(p, 1, touch::write, __builtin_return_address(0)); }
void __tsan_volatile_write2(void* p) { note(p, 2, touch::write, __builtin_return_address(0)); }
void __tsan_volatile_write4(void* p) { note(p, 4, touch::write, __builtin_return_address(0)); }
void __tsan_volatile_write8(void* p) { note(p, 8, touch::write, __builtin_return_address(0)); }
void __tsan_volatile_write16(void* p) { note(p, 16, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_write2(void* p) { note(p, 2, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_write4(void* p) { note(p, 4, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_write8(void* p) { note(p, 8, touch::write, __builtin_return_address(0)); }
void __tsan_unaligned_volatile_write16(void* p) { note(p, 16, touch::write, __builtin_return_address(0)); }
void __tsan_write_range(void* p, std::size_t n) { note(p, n, touch::write, __builtin_return_address(0)); }

void __tsan_vptr_read(void** p) { note(p, sizeof *p, touch::read, __builtin_return_address(0)); }
// Writing the same table again, as a destructor does in its own class, is no change that anyone sees.
void __tsan_vptr_update(void** p, void* table) {
    if (*p != table) note(p, sizeof *p, touch::write, __builtin_return_address(0));
}

void* __tsan_memcpy(void* to, const void* from, std::size_t n) {
    note(from, n, touch::read, __builtin_return_address(0));
    note(to, n, touch::write, __builtin_return_address(0));
    return std::memcpy(to, from, n);
}
void* __tsan_memmove(void* to, const void* from, std::size_t n) {
    note(from, n, touch::read, __builtin_return_address(0));
    note(to, n, touch::write, __builtin_return_address(0));
    return std::memmove(to, from, n);
}
void* __tsan_memset(void* to, int value, std::size_t n) {
    note(to, n, touch::write, __builtin_return_address(0));
    return std::memset(to, value, n);
}

}  // extern "C"
