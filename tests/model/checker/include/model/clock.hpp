// Vector clocks: what each thread knows of the steps of every other.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace concur::model {

inline constexpr std::size_t max_threads = 8;
using tick = std::uint32_t;  // 0: never

struct alignas(32) vector_clock {
    std::array<tick, max_threads> at{};

    void join(const vector_clock& other) noexcept {
        for (std::size_t i = 0; i < max_threads; ++i) at[i] = std::max(at[i], other.at[i]);
    }
    bool knows(std::size_t thread, tick when) const noexcept { return when <= at[thread]; }

    // Some step in `steps` (one per thread, 0: none) is known here.
    bool knows_any(const vector_clock& steps) const noexcept {
        bool any = false;
        for (std::size_t i = 0; i < max_threads; ++i) any |= steps.at[i] != 0 && steps.at[i] <= at[i];
        return any;
    }
};

}  // namespace concur::model
