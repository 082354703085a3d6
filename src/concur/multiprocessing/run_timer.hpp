// How long tasks take, found out for little.
#pragma once
#include "concur/platform/clock.hpp"

#include <algorithm>
#include <cstdint>

namespace concur::multiprocessing {

// Two looks at the exact clock cost as much as a short task does. While tasks are short, one in eight is
// measured exactly; of the others the coarse clock tells whether they took long.
class run_timer {
public:
    void begin() noexcept {
        exact_ = left_out_ >= most_left_out;
        begin_ = now();
    }

    // Since begin(), in nanoseconds and at least 1, at most 2^32 - 1; 0: not measured, but short.
    std::uint32_t end() noexcept {
        const std::int64_t ns = now() - begin_;
        if (!exact_ && ns <= longest_tick) return left_out_ = ns == 0 ? left_out_ + 1 : most_left_out, 0;
        left_out_ = ns < short_task ? 0 : most_left_out;
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ns, 1, UINT32_MAX));
    }

private:
    static constexpr int most_left_out = 7;
    static constexpr std::int64_t short_task = 10'000;
    static constexpr std::int64_t longest_tick = 10'000'000;  // one of those may fall into the shortest task

    std::int64_t now() const noexcept { return exact_ ? platform::steady_ns() : platform::coarse_ns(); }

    bool exact_ = true;
    int left_out_ = most_left_out;  // tasks since the last that was measured; as many: the next one is
    std::int64_t begin_ = 0;
};

}  // namespace concur::multiprocessing
