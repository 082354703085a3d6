#include "concur/core/parker.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"

#include <algorithm>

namespace concur {

parker& parker::mine() noexcept {
    thread_state& here = thread_state::mine();
    return here.about_to_sleep ? here.inner_spot : here.spot;
}

void parker::unpark() noexcept {
    if (state_.exchange(awake, std::memory_order_acq_rel) == asleep) platform::futex_wake_one(&state_);
}

bool parker::spin() noexcept {
    if (without_ > 0) return false;
    for (int left = spins_ * platform::spin_limit(); left > 0; --left) {
        if (state_.load(std::memory_order_acquire) == awake) {
            futile_ = 0;
            next_without_ = first_without;
            return true;
        }
        platform::relax();
    }
    return false;
}

bool parker::park(deadline until) noexcept {
    if (spin()) return true;
    std::uint32_t seen = waiting;
    state_.compare_exchange_strong(seen, asleep, std::memory_order_acquire, std::memory_order_acquire);
    if (seen == awake) return true;
    sleep_and_learn(until);
    return state_.load(std::memory_order_acquire) == awake;
}

// Until it is awake, or the time is over.
void parker::sleep_and_learn(deadline until) noexcept {
    constexpr std::int64_t short_ns = 20'000;  // about what the most spins take
    const std::int64_t began = platform::steady_ns();
    while (state_.load(std::memory_order_acquire) != awake) {
        const std::int64_t left = until.left_ns();
        if (left == 0) return;
        platform::futex_wait(&state_, asleep, left);
    }
    if (platform::steady_ns() - began < short_ns) return note_short_sleep();
    spins_ = std::max(spins_ / 2, least_spins);
    futile_ = 0;
}

void parker::note_short_sleep() noexcept {
    if (without_ > 0) {
        if (--without_ == 0) spins_ = least_spins;
    } else if (spins_ < most_spins) {
        spins_ = std::min(2 * spins_, most_spins);
    } else if (++futile_ >= most_futile) {
        futile_ = 0;
        without_ = next_without_;
        next_without_ = std::min(2 * next_without_, most_without);
    }
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
