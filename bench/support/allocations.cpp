// Counts the allocations of the process, those inside shared libraries too: malloc itself is ours
// here, and hands everything on to the C library's.
#include "support/measure.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

constinit std::atomic<bool> watching{false};
constinit std::atomic<std::size_t> blocks{0};
constinit std::atomic<std::size_t> bytes{0};

void note(std::size_t size) noexcept {
    if (!watching.load(std::memory_order_relaxed)) return;
    blocks.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(size, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
    note(size);
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    note(count * size);
    return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) noexcept {
    note(size);
    return __libc_realloc(block, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    note(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
    note(size);
    *result = __libc_memalign(alignment, size);
    return *result != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

void bench::allocations::watch() noexcept { watching.store(true); }

bench::allocation_count bench::allocations::so_far() noexcept {
    return {static_cast<double>(blocks.load()), static_cast<double>(bytes.load())};
}
