#include "concur/executors/injector.hpp"

#include "support/numbered_job.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace {

using concur::injector;
using concur::job;
using support::emptied;
using support::number_of;
using support::numbered_job;

TEST(injector_test, gives_the_highest_priority_first_and_equals_in_the_order_they_came) {
    injector line;
    std::array<numbered_job, 6> jobs{numbered_job(0), numbered_job(1), numbered_job(2),
                                     numbered_job(3), numbered_job(4), numbered_job(5)};
    const std::array priorities{-1, 7, 0, 7, 2, 0};
    for (std::size_t i = 0; i < jobs.size(); ++i) line.push(jobs[i], priorities[i]);
    EXPECT_EQ(line.size(), 6u);
    EXPECT_EQ(emptied(line), (std::vector{1, 3, 4, 2, 5, 0}));
    EXPECT_TRUE(line.empty());
}

TEST(injector_test, tells_whether_something_is_urgent) {
    injector line;
    numbered_job usual(0), low(1), high(2);
    line.push(usual, 0);
    line.push(low, -3);
    EXPECT_FALSE(line.has_urgent());
    line.push(high, 1);
    EXPECT_TRUE(line.has_urgent());
    EXPECT_EQ(number_of(line.pop()), 2);
    EXPECT_FALSE(line.has_urgent());
}

TEST(injector_test, gives_the_usual_ones_by_the_way_only_where_there_are_no_others) {
    injector line;
    numbered_job usual(0), low(1);
    line.push(usual, 0);
    line.push(low, -3);
    EXPECT_EQ(line.pop_if_usual(), nullptr);
    EXPECT_TRUE(line.remove(low));
    EXPECT_FALSE(line.remove(low));
    EXPECT_EQ(number_of(line.pop_if_usual()), 0);
    EXPECT_EQ(line.pop_if_usual(), nullptr);
}

TEST(injector_test, lets_any_job_go_whatever_its_priority) {
    for (std::size_t gone = 0; gone < 6; ++gone) {
        injector line;
        std::array<numbered_job, 6> jobs{numbered_job(0), numbered_job(1), numbered_job(2),
                                         numbered_job(3), numbered_job(4), numbered_job(5)};
        const std::array priorities{5, 5, 0, 0, -5, -5};
        for (std::size_t i = 0; i < jobs.size(); ++i) line.push(jobs[i], priorities[i]);
        EXPECT_TRUE(line.remove(jobs[gone]));
        std::vector expected{0, 1, 2, 3, 4, 5};
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(gone));
        EXPECT_EQ(emptied(line), expected);
    }
}

// Whoever waits has its turn, though more urgent ones come for ever.
TEST(injector_test, lets_nobody_wait_for_ever) {
    injector line;
    numbered_job usual(1), low(2), lowest(3);
    line.push(lowest, -9);
    line.push(low, -1);
    line.push(usual, 0);
    std::vector<std::unique_ptr<numbered_job>> urgent;
    std::vector<int> seen;
    for (int i = 0; i < 20'000 && seen.size() < 3; ++i) {
        urgent.push_back(std::make_unique<numbered_job>(0));
        line.push(*urgent.back(), 1 + i % 3);
        if (const int n = number_of(line.pop()); n != 0) seen.push_back(n);
    }
    EXPECT_EQ(seen.size(), 3u);
}

}  // namespace
