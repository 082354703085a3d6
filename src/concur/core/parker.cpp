#include "concur/core/parker.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"

namespace concur {

parker& parker::mine() noexcept { return thread_state::mine().spot; }

void parker::unpark() noexcept {
    if (state_.exchange(awake, std::memory_order_acq_rel) == asleep) platform::futex_wake_one(&state_);
}

// The spin is a little longer than the way to another thread and back; a sleep costs many times that.
bool parker::park(deadline until) noexcept {
    for (int left = 3 * platform::spin_limit(); left > 0; --left) {
        if (state_.load(std::memory_order_acquire) == awake) return true;
        platform::relax();
    }
    std::uint32_t seen = waiting;
    state_.compare_exchange_strong(seen, asleep, std::memory_order_acquire, std::memory_order_acquire);
    while (state_.load(std::memory_order_acquire) != awake) {
        const std::int64_t left = until.left_ns();
        if (left == 0) return false;
        platform::futex_wait(&state_, asleep, left);
    }
    return true;
}

parker::woken parker::park_beside(deadline until, const void* word, std::uint32_t value) noexcept {
    std::uint32_t seen = waiting;
    state_.compare_exchange_strong(seen, asleep, std::memory_order_acquire, std::memory_order_acquire);
    if (seen == awake) return woken::here;
    const std::int64_t left = until.left_ns();
    if (left == 0) return woken::too_late;
    platform::futex_wait_either(&state_, asleep, word, value, left);
    return state_.load(std::memory_order_acquire) == awake ? woken::here : woken::beside;
}

}  // namespace concur
