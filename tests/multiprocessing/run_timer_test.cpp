#include "concur/multiprocessing/run_timer.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

namespace {

using concur::multiprocessing::run_timer;
namespace platform = concur::platform;

void work_for(std::int64_t ns) {
    const std::int64_t end = platform::steady_ns() + ns;
    while (platform::steady_ns() < end) continue;
}

std::uint32_t time_of(run_timer& timer, std::int64_t ns) {
    timer.begin();
    work_for(ns);
    return timer.end();
}

// Until tasks count as short: a busy machine may stretch some.
void settle(run_timer& timer) {
    while (time_of(timer, 0) != 0) continue;
}

TEST(run_timer_test, measures_the_first_task) {
    run_timer timer;
    EXPECT_GE(time_of(timer, 100'000), 100'000u);
}

TEST(run_timer_test, measures_each_task_while_they_are_long) {
    run_timer timer;
    for (int i = 0; i < 30; ++i) EXPECT_GE(time_of(timer, 20'000), 20'000u);
}

TEST(run_timer_test, measures_at_least_one_in_eight_while_they_are_short) {
    run_timer timer;
    settle(timer);
    std::vector<int> gaps;
    int since = 0;
    for (int i = 0; i < 10'000; ++i, ++since) {
        if (time_of(timer, 0) == 0) continue;
        gaps.push_back(since);
        since = 0;
    }
    ASSERT_FALSE(gaps.empty());
    for (const int gap : gaps) EXPECT_LE(gap, 8);
}

TEST(run_timer_test, sees_at_once_that_a_task_among_short_ones_took_very_long) {
    run_timer timer;
    settle(timer);
    EXPECT_GT(time_of(timer, 50'000'000), 10'000'000u);
}

TEST(run_timer_test, sees_that_tasks_have_become_long_within_eight_of_them) {
    run_timer timer;
    settle(timer);
    std::uint32_t longest = 0;
    for (int i = 0; i < 9; ++i) longest = std::max(longest, time_of(timer, 30'000));
    EXPECT_GE(longest, 30'000u);
}

TEST(run_timer_test, calls_nothing_that_it_has_measured_unmeasured) {
    run_timer timer;
    EXPECT_GE(time_of(timer, 0), 1u) << "a task that was measured took some time";
}

}  // namespace
