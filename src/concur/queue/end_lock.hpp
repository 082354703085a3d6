// A four-byte mutex that may be destroyed by whoever takes it last.
#pragma once
#include "concur/core/atomic.hpp"

#include <cstdint>

namespace concur {

//   word_: 0 free, 1 held, 2 held and somebody may sleep on it.
//
//   Who lets go of one that somebody may sleep on holds the line at its address (core/parking) meanwhile, as a lock:
//   so that whoever destroys this can wait until the word was woken. Whoever holds it may wait for a line, therefore,
//   and not the other way round. Nobody sleeps in his parker for it: it may be asked for in the middle of a wait.
class end_lock {
public:
    constexpr end_lock() noexcept = default;
    end_lock(const end_lock&) = delete;
    end_lock& operator=(const end_lock&) = delete;

    void acquire() noexcept {
        if (!try_acquire()) acquire_slowly();
    }
    bool try_acquire() noexcept {
        std::uint32_t free = 0;
        return word_.compare_exchange_strong(free, 1, std::memory_order_acquire, std::memory_order_relaxed);
    }
    void release() noexcept {
        std::uint32_t held = 1;
        if (!word_.compare_exchange_strong(held, 0, std::memory_order_release, std::memory_order_relaxed))
            release_and_wake();
    }
    // For good: when it returns nobody touches this any more.
    void acquire_last() noexcept;

private:
    void acquire_slowly() noexcept;
    void release_and_wake() noexcept;

    atomic<std::uint32_t> word_{0};
};

}  // namespace concur
