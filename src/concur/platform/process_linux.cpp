#include "concur/platform/process.hpp"

#include "concur/platform/os_thread.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <pthread.h>
#include <unistd.h>

namespace concur::platform {
namespace {

// Written by the only thread of a new child, before it goes on.
constinit std::atomic<std::uint32_t> generation{0};

using handler = void (*)();
constinit std::array<std::atomic<handler>, 16> handlers{};

void after_fork() {
    generation.store(generation.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    for (auto& place : handlers)
        if (const handler fn = place.load(std::memory_order_acquire)) fn();
}

// Handlers run in the order in which they were registered: the block of this thread comes first, since
// the others may ask for theirs.
bool watch_forks() noexcept {
    static const bool watching = thread_block() != nullptr && pthread_atfork(nullptr, nullptr, &after_fork) == 0;
    return watching;
}

// exit() destroys the objects of its own thread before all others.
struct function_at_end {
    ~function_at_end() {
        if (fn != nullptr) fn();
    }
    void (*fn)() noexcept = nullptr;
};
thread_local function_at_end this_thread_end;

}  // namespace

// Counting begins with the first question: nobody has an older answer to compare with.
std::uint32_t fork_generation() noexcept {
    watch_forks();
    return generation.load(std::memory_order_relaxed);
}

void at_thread_end(void (*fn)() noexcept) noexcept { this_thread_end.fn = fn; }

bool on_main_thread() noexcept { return ::gettid() == ::getpid(); }

bool at_exit(void (*fn)()) noexcept { return std::atexit(fn) == 0; }

bool in_fork_child(void (*fn)()) noexcept {
    if (!watch_forks()) return false;
    for (auto& place : handlers) {
        handler none = nullptr;
        if (place.compare_exchange_strong(none, fn, std::memory_order_acq_rel)) return true;
    }
    return false;
}

}  // namespace concur::platform
