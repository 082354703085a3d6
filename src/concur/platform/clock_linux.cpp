#include "concur/platform/clock.hpp"

#include <ctime>

namespace concur::platform {

std::int64_t steady_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace concur::platform
