#include "concur/core/timeout.hpp"

#include "concur/platform/clock.hpp"
#include "concur/platform/futex.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using seconds_as_double = std::chrono::duration<double>;
using limits = std::numeric_limits<double>;

TEST(timeout_test, no_duration_waits_for_ever) {
    EXPECT_TRUE(timeout().is_endless());
    EXPECT_TRUE(none.is_endless());
    EXPECT_FALSE(none.is_poll());
}

TEST(timeout_test, any_duration_is_turned_into_nanoseconds) {
    EXPECT_EQ(timeout(2s).ns(), 2'000'000'000);
    EXPECT_EQ(timeout(1h).ns(), 3'600'000'000'000);
    EXPECT_EQ(timeout(7ns).ns(), 7);
    EXPECT_EQ(timeout(seconds_as_double(0.25)).ns(), 250'000'000);
    EXPECT_EQ(timeout(std::chrono::duration<int, std::ratio<1, 3>>(3)).ns(), 1'000'000'000);
}

TEST(timeout_test, what_is_shorter_than_a_nanosecond_is_rounded_up_and_so_never_polls) {
    EXPECT_EQ(timeout(std::chrono::duration<int, std::pico>(1)).ns(), 1);
    EXPECT_EQ(timeout(seconds_as_double(1e-12)).ns(), 1);
    EXPECT_EQ(timeout(seconds_as_double(limits::denorm_min())).ns(), 1);
}

TEST(timeout_test, zero_and_negative_poll) {
    EXPECT_TRUE(timeout(0s).is_poll());
    EXPECT_TRUE(timeout(-1ns).is_poll());
    EXPECT_TRUE(timeout(std::chrono::hours::min()).is_poll());
    EXPECT_TRUE(timeout(seconds_as_double(-0.0)).is_poll());
    EXPECT_TRUE(timeout(seconds_as_double(-limits::infinity())).is_poll());
}

TEST(timeout_test, what_is_too_long_for_the_clock_is_for_ever_and_never_wraps) {
    EXPECT_TRUE(timeout(std::chrono::hours::max()).is_endless());
    EXPECT_TRUE(timeout(std::chrono::nanoseconds::max()).is_endless());
    EXPECT_TRUE(timeout(std::chrono::years::max()).is_endless());
    EXPECT_TRUE(timeout(seconds_as_double(limits::max())).is_endless());
    EXPECT_TRUE(timeout(seconds_as_double(limits::infinity())).is_endless());
    EXPECT_GT(timeout(std::chrono::nanoseconds::max() - 1s).ns(), 0);
}

TEST(timeout_test, what_is_not_a_number_is_for_ever) {
    EXPECT_TRUE(timeout(seconds_as_double(limits::quiet_NaN())).is_endless());
    EXPECT_TRUE(timeout(seconds_as_double(-limits::quiet_NaN())).is_endless());
}

TEST(timeout_test, it_can_be_made_when_the_program_is_compiled) {
    static_assert(timeout(1ms).ns() == 1'000'000);
    static_assert(timeout().is_endless());
    static_assert(timeout(-1s).is_poll());
    EXPECT_EQ(timeout(1ms).ns(), 1'000'000);
}

TEST(timeout_test, a_deadline_lies_that_far_from_now) {
    const auto before = platform::steady_ns();
    const deadline at(timeout(1h));
    const auto after = platform::steady_ns();
    EXPECT_GE(at.at(), before + 3'600'000'000'000);
    EXPECT_LE(at.at(), after + 3'600'000'000'000);
    EXPECT_FALSE(at.passed());
    EXPECT_LE(at.left_ns(), 3'600'000'000'000);
    EXPECT_GT(at.left_ns(), 0);
}

TEST(timeout_test, a_deadline_passes) {
    const deadline soon(1us);
    while (!soon.passed()) {
    }
    EXPECT_EQ(soon.left_ns(), 0);
    EXPECT_GE(platform::steady_ns(), soon.at());
}

TEST(timeout_test, a_poll_s_deadline_is_past_at_once) {
    EXPECT_TRUE(deadline(timeout(0s)).passed());
    EXPECT_TRUE(deadline(timeout(-5s)).passed());
    EXPECT_TRUE(deadline::past().passed());
    EXPECT_EQ(deadline::past().left_ns(), 0);
}

TEST(timeout_test, a_deadline_that_is_never_stays_so) {
    EXPECT_TRUE(deadline(none).is_never());
    EXPECT_TRUE(deadline::never().is_never());
    EXPECT_FALSE(deadline::never().passed());
    EXPECT_EQ(deadline::never().left_ns(), platform::forever);
}

TEST(timeout_test, a_deadline_beyond_the_clock_s_end_is_never) {
    const deadline beyond(timeout(std::chrono::nanoseconds::max() - 1ns));
    EXPECT_TRUE(beyond.is_never());
    const deadline far(timeout(std::chrono::hours(24 * 365 * 100)));
    EXPECT_FALSE(far.is_never());
    EXPECT_GT(far.left_ns(), 0);
}

TEST(timeout_test, deadlines_are_ordered_in_time) {
    EXPECT_LT(deadline::past(), deadline(timeout(1s)));
    EXPECT_LT(deadline(timeout(1s)), deadline(timeout(1h)));
    EXPECT_LT(deadline(timeout(1h)), deadline::never());
    EXPECT_FALSE(deadline::never() < deadline::never());
    EXPECT_EQ(deadline::at_moment(5).at(), 5);
}

}  // namespace
