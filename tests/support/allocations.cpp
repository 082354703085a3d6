#include "support/allocations.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace support::allocations {
namespace {

constexpr std::size_t never = SIZE_MAX;
constexpr std::size_t has_fired = SIZE_MAX - 1;

constinit std::atomic<std::size_t> made{0};
constinit std::atomic<std::size_t> freed{0};
constinit thread_local std::size_t made_here = 0;
constinit thread_local std::size_t bytes_made_here = 0;
constinit thread_local std::size_t left = never;  // calls that still go well

void count_one(std::size_t size) {
    if (left == 0) {
        left = has_fired;
        throw std::bad_alloc();
    }
    if (left < has_fired) --left;
    made.fetch_add(1, std::memory_order_relaxed);
    ++made_here;
    bytes_made_here += size;
}

void* allocated(void* p) {
    if (p == nullptr) throw std::bad_alloc();
    return p;
}

void free_counted(void* p) noexcept {
    if (p == nullptr) return;
    freed.fetch_add(1, std::memory_order_relaxed);
    std::free(p);
}

}  // namespace

std::size_t count() noexcept { return made.load(std::memory_order_relaxed); }
std::size_t count_here() noexcept { return made_here; }
std::size_t bytes_here() noexcept { return bytes_made_here; }
std::size_t live() noexcept { return made.load(std::memory_order_relaxed) - freed.load(std::memory_order_relaxed); }

fail_after::fail_after(std::size_t n) noexcept { left = n; }
fail_after::~fail_after() { left = never; }
bool fail_after::fired() const noexcept { return left == has_fired; }

}  // namespace support::allocations

using namespace support::allocations;

// The array forms are the standard library's, and call these. So are the nothrow forms, but where a sanitizer has its own.
void* operator new(std::size_t size) {
    count_one(size);
    return allocated(std::malloc(size == 0 ? 1 : size));
}

void* operator new(std::size_t size, std::align_val_t align) {
    count_one(size);
    const auto to = static_cast<std::size_t>(align);
    return allocated(std::aligned_alloc(to, (size + to - 1) / to * to));
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return ::operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void operator delete(void* p) noexcept { free_counted(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { free_counted(p); }
void operator delete(void* p, std::size_t) noexcept { free_counted(p); }
void operator delete(void* p, std::align_val_t) noexcept { free_counted(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { free_counted(p); }
