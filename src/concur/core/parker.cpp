#include "concur/core/parker.hpp"

#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"
#include "concur/platform/os_thread.hpp"

#include <new>

namespace concur {
namespace {

// The library's part of a thread's block, which is all zero when the thread is its first owner.
struct thread_state {
    parker spot;
    worker* employed = nullptr;
    bool made = true;
};
static_assert(sizeof(thread_state) <= platform::thread_block_size, "the block is too small for what we keep in it");

thread_state& mine_of_block() noexcept {
    void* const block = platform::thread_block();
    auto* state = static_cast<thread_state*>(block);
    if (!state->made) state = ::new (block) thread_state;
    return *state;
}

}  // namespace

parker& parker::mine() noexcept { return mine_of_block().spot; }

worker* this_worker() noexcept { return mine_of_block().employed; }

void set_this_worker(worker* w) noexcept { mine_of_block().employed = w; }

void parker::unpark() noexcept {
    if (state_.exchange(awake, std::memory_order_acq_rel) == asleep) platform::futex_wake_one(&state_);
}

bool parker::park(deadline until) noexcept {
    for (int left = platform::spin_limit(); left > 0; --left) {
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

}  // namespace concur
