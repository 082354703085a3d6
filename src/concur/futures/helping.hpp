// How a thread that waits for many futures does some of their work.
#pragma once
#include "concur/core/this_thread.hpp"
#include "concur/core/timeout.hpp"
#include "concur/core/worker.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace concur {

// A worker that may go on without a task leaves it to another of its pool that is free: it would have
// to bring it to its end. Where nobody is, or the pool is about to start, the task is its own to run.
inline bool may_help() noexcept {
    worker* const me = this_worker();
    return me == nullptr || me->initializing || !me->others_are_free();
}

// How long a worker sleeps before it looks again whether it can help with one of `many`: first short and
// then longer, and long enough that looking takes little of its time.
class looking_again {
public:
    explicit looking_again(std::size_t many) noexcept : longest_(5'000'000 + 100 * static_cast<std::int64_t>(many)) {}

    deadline end() const noexcept { return deadline(std::chrono::nanoseconds(pause_)); }
    void grow() noexcept { pause_ = std::min(2 * pause_, longest_); }

private:
    std::int64_t pause_ = 50'000;
    std::int64_t longest_;
};

}  // namespace concur
