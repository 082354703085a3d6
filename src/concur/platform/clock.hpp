// The steady clock, in nanoseconds since some moment in the past. It never goes back.
#pragma once
#include <cstdint>

namespace concur::platform {

std::int64_t steady_ns() noexcept;

// Likewise, as it was at the system's last tick: up to 10 ms ago, and for a fraction of the price.
std::int64_t coarse_ns() noexcept;

}  // namespace concur::platform
