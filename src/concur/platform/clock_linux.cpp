#include "concur/platform/clock.hpp"

#include <ctime>

namespace concur::platform {

namespace {

std::int64_t read(clockid_t clock) noexcept {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t steady_ns() noexcept { return read(CLOCK_MONOTONIC); }
std::int64_t coarse_ns() noexcept { return read(CLOCK_MONOTONIC_COARSE); }

}  // namespace concur::platform
