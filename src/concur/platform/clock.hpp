// The steady clock, in nanoseconds since some moment in the past. It never goes back.
#pragma once
#include <cstdint>

namespace concur::platform {

std::int64_t steady_ns() noexcept;

}  // namespace concur::platform
