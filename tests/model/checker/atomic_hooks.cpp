// What the compiler calls for each std::atomic operation of an instrumented source.
#include "word_calls.hpp"

using concur::model::change;
using order = int;

namespace {

std::memory_order as_order(order o) { return static_cast<std::memory_order>(o & 7); }

template <class T>
T load(const volatile T* at, order o, const void* code) {
    return static_cast<T>(concur::model::load_word(const_cast<const T*>(at), sizeof(T), as_order(o), code));
}

template <class T>
void store(volatile T* at, T value, order o, const void* code) {
    concur::model::store_word(const_cast<T*>(at), sizeof(T), value, as_order(o), code);
}

template <class T>
T changed(volatile T* at, change how, T value, order o, const void* code) {
    return static_cast<T>(concur::model::change_word(const_cast<T*>(at), sizeof(T), how, value, as_order(o), code));
}

struct orders {
    order success;
    order failure;
    bool weak;
};

template <class T>
bool compare(volatile T* at, T* expected, T desired, orders o, const void* code) {
    std::uint64_t seen = *expected;
    const bool stored = concur::model::compare_word(const_cast<T*>(at), sizeof(T), seen, desired,
                                                    {as_order(o.success), as_order(o.failure), o.weak}, code);
    if (!stored) *expected = static_cast<T>(seen);
    return stored;
}

using w8 = std::uint8_t;
using w16 = std::uint16_t;
using w32 = std::uint32_t;
using w64 = std::uint64_t;

}  // namespace

// One family for each width. The names are the compiler's.
extern "C" {

w8 __tsan_atomic8_load(const volatile w8* at, order o) { return load(at, o, __builtin_return_address(0)); }
void __tsan_atomic8_store(volatile w8* at, w8 value, order o) { store(at, value, o, __builtin_return_address(0)); }
w8 __tsan_atomic8_exchange(volatile w8* at, w8 value, order o) {
    return changed(at, change::exchange, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_add(volatile w8* at, w8 value, order o) {
    return changed(at, change::add, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_sub(volatile w8* at, w8 value, order o) {
    return changed(at, change::sub, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_and(volatile w8* at, w8 value, order o) {
    return changed(at, change::bit_and, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_or(volatile w8* at, w8 value, order o) {
    return changed(at, change::bit_or, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_xor(volatile w8* at, w8 value, order o) {
    return changed(at, change::bit_xor, value, o, __builtin_return_address(0));
}
w8 __tsan_atomic8_fetch_nand(volatile w8* at, w8 value, order o) {
    return changed(at, change::bit_nand, value, o, __builtin_return_address(0));
}
int __tsan_atomic8_compare_exchange_strong(volatile w8* at, w8* expected, w8 desired, order success, order failure) {
    return compare(at, expected, desired, {success, failure, false}, __builtin_return_address(0));
}
int __tsan_atomic8_compare_exchange_weak(volatile w8* at, w8* expected, w8 desired, order success, order failure) {
    return compare(at, expected, desired, {success, failure, true}, __builtin_return_address(0));
}
w8 __tsan_atomic8_compare_exchange_val(volatile w8* at, w8 expected, w8 desired, order success, order failure) {
    compare(at, &expected, desired, {success, failure, false}, __builtin_return_address(0));
    return expected;
}

w16 __tsan_atomic16_load(const volatile w16* at, order o) { return load(at, o, __builtin_return_address(0)); }
void __tsan_atomic16_store(volatile w16* at, w16 value, order o) { store(at, value, o, __builtin_return_address(0)); }
w16 __tsan_atomic16_exchange(volatile w16* at, w16 value, order o) {
    return changed(at, change::exchange, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_add(volatile w16* at, w16 value, order o) {
    return changed(at, change::add, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_sub(volatile w16* at, w16 value, order o) {
    return changed(at, change::sub, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_and(volatile w16* at, w16 value, order o) {
    return changed(at, change::bit_and, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_or(volatile w16* at, w16 value, order o) {
    return changed(at, change::bit_or, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_xor(volatile w16* at, w16 value, order o) {
    return changed(at, change::bit_xor, value, o, __builtin_return_address(0));
}
w16 __tsan_atomic16_fetch_nand(volatile w16* at, w16 value, order o) {
    return changed(at, change::bit_nand, value, o, __builtin_return_address(0));
}
int __tsan_atomic16_compare_exchange_strong(volatile w16* at, w16* expected, w16 desired, order success,
                                            order failure) {
    return compare(at, expected, desired, {success, failure, false}, __builtin_return_address(0));
}
int __tsan_atomic16_compare_exchange_weak(volatile w16* at, w16* expected, w16 desired, order success, order failure) {
    return compare(at, expected, desired, {success, failure, true}, __builtin_return_address(0));
}
w16 __tsan_atomic16_compare_exchange_val(volatile w16* at, w16 expected, w16 desired, order success, order failure) {
    compare(at, &expected, desired, {success, failure, false}, __builtin_return_address(0));
    return expected;
}

w32 __tsan_atomic32_load(const volatile w32* at, order o) { return load(at, o, __builtin_return_address(0)); }
void __tsan_atomic32_store(volatile w32* at, w32 value, order o) { store(at, value, o, __builtin_return_address(0)); }
w32 __tsan_atomic32_exchange(volatile w32* at, w32 value, order o) {
    return changed(at, change::exchange, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_add(volatile w32* at, w32 value, order o) {
    return changed(at, change::add, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_sub(volatile w32* at, w32 value, order o) {
    return changed(at, change::sub, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_and(volatile w32* at, w32 value, order o) {
    return changed(at, change::bit_and, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_or(volatile w32* at, w32 value, order o) {
    return changed(at, change::bit_or, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_xor(volatile w32* at, w32 value, order o) {
    return changed(at, change::bit_xor, value, o, __builtin_return_address(0));
}
w32 __tsan_atomic32_fetch_nand(volatile w32* at, w32 value, order o) {
    return changed(at, change::bit_nand, value, o, __builtin_return_address(0));
}
int __tsan_atomic32_compare_exchange_strong(volatile w32* at, w32* expected, w32 desired, order success,
                                            order failure) {
    return compare(at, expected, desired, {success, failure, false}, __builtin_return_address(0));
}
int __tsan_atomic32_compare_exchange_weak(volatile w32* at, w32* expected, w32 desired, order success, order failure) {
    return compare(at, expected, desired, {success, failure, true}, __builtin_return_address(0));
}
w32 __tsan_atomic32_compare_exchange_val(volatile w32* at, w32 expected, w32 desired, order success, order failure) {
    compare(at, &expected, desired, {success, failure, false}, __builtin_return_address(0));
    return expected;
}

w64 __tsan_atomic64_load(const volatile w64* at, order o) { return load(at, o, __builtin_return_address(0)); }
void __tsan_atomic64_store(volatile w64* at, w64 value, order o) { store(at, value, o, __builtin_return_address(0)); }
w64 __tsan_atomic64_exchange(volatile w64* at, w64 value, order o) {
    return changed(at, change::exchange, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_add(volatile w64* at, w64 value, order o) {
    return changed(at, change::add, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_sub(volatile w64* at, w64 value, order o) {
    return changed(at, change::sub, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_and(volatile w64* at, w64 value, order o) {
    return changed(at, change::bit_and, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_or(volatile w64* at, w64 value, order o) {
    return changed(at, change::bit_or, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_xor(volatile w64* at, w64 value, order o) {
    return changed(at, change::bit_xor, value, o, __builtin_return_address(0));
}
w64 __tsan_atomic64_fetch_nand(volatile w64* at, w64 value, order o) {
    return changed(at, change::bit_nand, value, o, __builtin_return_address(0));
}
int __tsan_atomic64_compare_exchange_strong(volatile w64* at, w64* expected, w64 desired, order success,
                                            order failure) {
    return compare(at, expected, desired, {success, failure, false}, __builtin_return_address(0));
}
int __tsan_atomic64_compare_exchange_weak(volatile w64* at, w64* expected, w64 desired, order success, order failure) {
    return compare(at, expected, desired, {success, failure, true}, __builtin_return_address(0));
}
w64 __tsan_atomic64_compare_exchange_val(volatile w64* at, w64 expected, w64 desired, order success, order failure) {
    compare(at, &expected, desired, {success, failure, false}, __builtin_return_address(0));
    return expected;
}

void __tsan_atomic_thread_fence(order o) { concur::model::fence_at(as_order(o), __builtin_return_address(0)); }
void __tsan_atomic_signal_fence(order) {}

}  // extern "C"
