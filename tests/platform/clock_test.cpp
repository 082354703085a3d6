#include "concur/platform/clock.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace {

using concur::platform::coarse_ns;
using concur::platform::steady_ns;

TEST(clock_test, it_never_goes_back) {
    std::int64_t before = steady_ns();
    for (int i = 0; i < 10'000; ++i) {
        const std::int64_t now = steady_ns();
        ASSERT_GE(now, before);
        before = now;
    }
}

TEST(clock_test, it_counts_the_nanoseconds_of_the_standard_s_steady_clock) {
    const auto standard = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
    const auto before = standard();
    const auto ours = steady_ns();
    const auto after = standard();
    EXPECT_LE(before, ours);
    EXPECT_LE(ours, after);
}

TEST(clock_test, its_coarse_twin_is_late_by_a_tick_at_most) {
    for (int i = 0; i < 1000; ++i) {
        const auto before = steady_ns();
        const auto coarse = coarse_ns();
        EXPECT_LE(coarse, steady_ns());
        EXPECT_GE(coarse, before - 20'000'000) << "ten milliseconds, and what a machine at load may make of it";
    }
}

}  // namespace
