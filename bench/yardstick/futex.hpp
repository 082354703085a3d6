// What a sleep and a wake cost, and nothing else: a word, and the system's futex.
#pragma once
#include <atomic>
#include <climits>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace yardstick {

// 0, or what one thread hands another, which sleeps until it comes.
class futex_slot {
public:
    void put(std::uint32_t n) noexcept {
        word_.store(n, std::memory_order_release);
        syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    std::uint32_t get() noexcept {
        std::uint32_t n = 0;
        while ((n = word_.load(std::memory_order_acquire)) == 0)
            syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        word_.store(0, std::memory_order_relaxed);
        return n;
    }

private:
    std::atomic<std::uint32_t> word_{0};
};

}  // namespace yardstick
