// A four-byte mutex for the library's own short critical sections.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"

namespace concur {

//   word_: 0 free, 1 held, 2 held and somebody may sleep on it.
//   The word must outlive every release(): a thread may let the lock go and then wake the word.
//   Where another thread could destroy the lock in between, use an inbox or the future's own word.
class lock_word {
public:
    constexpr lock_word() noexcept = default;
    lock_word(const lock_word&) = delete;
    lock_word& operator=(const lock_word&) = delete;

    void acquire() noexcept {
        if (try_acquire() || acquire_spinning()) return;
        while (word_.exchange(2, std::memory_order_acquire) != 0) platform::futex_wait(&word_, 2);
    }

    bool try_acquire() noexcept {
        std::uint32_t free = 0;
        return word_.compare_exchange_strong(free, 1, std::memory_order_acquire, std::memory_order_relaxed);
    }

    void release() noexcept {
        if (word_.exchange(0, std::memory_order_release) == 2) platform::futex_wake_one(&word_);
    }

private:
    // Looks less and less often: each look takes the cache line from the holder, who works on it.
    bool acquire_spinning() noexcept {
        int pause = 1;
        for (int left = platform::spin_limit(); left > 0; left -= pause) {
            for (int i = 0; i < pause; ++i) platform::relax();
            if (pause < 16) pause *= 2;
            if (word_.load(std::memory_order_relaxed) == 0 && try_acquire()) return true;
        }
        return false;
    }

    atomic<std::uint32_t> word_{0};
};

// Holds a lock_word to the end of a scope, or until release(); acquire() takes it again.
class holding {
public:
    explicit holding(lock_word& l) noexcept : lock_(&l) { l.acquire(); }
    // `was_free`: nobody else had it.
    holding(lock_word& l, bool& was_free) noexcept : lock_(&l) {
        was_free = l.try_acquire();
        if (!was_free) l.acquire();
    }
    ~holding() { release(); }
    holding(const holding&) = delete;
    holding& operator=(const holding&) = delete;

    void release() noexcept {
        if (lock_ != nullptr) lock_->release();
        lock_ = nullptr;
    }
    void acquire(lock_word& l) noexcept {
        l.acquire();
        lock_ = &l;
    }

private:
    lock_word* lock_;
};

}  // namespace concur
