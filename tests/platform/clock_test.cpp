#include "concur/platform/clock.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace {

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

}  // namespace
