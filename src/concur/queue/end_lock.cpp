#include "concur/queue/end_lock.hpp"

#include "concur/core/parking.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"

namespace concur {

// Looks less and less often: each look takes the cache line from the holder, who works on it.
void end_lock::acquire_slowly() noexcept {
    int pause = 1;
    for (int left = platform::spin_limit(); left > 0; left -= pause) {
        for (int i = 0; i < pause; ++i) platform::relax();
        if (pause < 16) pause *= 2;
        if (word_.load(std::memory_order_relaxed) == 0 && try_acquire()) return;
    }
    while (word_.exchange(2, std::memory_order_acquire) != 0) platform::futex_wait(&word_, 2);
}

void end_lock::release_and_wake() noexcept {
    const line_at until_woken(this);
    word_.store(0, std::memory_order_release);
    platform::futex_wake_one(&word_);
}

void end_lock::acquire_last() noexcept {
    acquire();
    const line_at until_woken(this);
}

}  // namespace concur
