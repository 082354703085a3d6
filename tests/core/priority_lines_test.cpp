#include "concur/core/priority_lines.hpp"

#include "support/allocations.hpp"
#include "support/numbered_job.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <random>
#include <vector>

namespace {

using concur::job;
using concur::priority_lines;
using support::emptied;
using support::number_of;
using support::numbered_job;

TEST(priority_lines_test, are_empty_at_first) {
    priority_lines lines;
    EXPECT_TRUE(lines.empty());
    EXPECT_EQ(lines.size(), 0u);
    EXPECT_EQ(lines.pop(), nullptr);
}

TEST(priority_lines_test, give_equals_in_the_order_they_came) {
    priority_lines lines;
    std::array<numbered_job, 3> jobs{numbered_job(0), numbered_job(1), numbered_job(2)};
    for (numbered_job& j : jobs) lines.push(j, 0);
    EXPECT_EQ(lines.size(), 3u);
    EXPECT_EQ(emptied(lines), (std::vector{0, 1, 2}));
    EXPECT_TRUE(lines.empty());
}

TEST(priority_lines_test, give_the_highest_priority_first) {
    priority_lines lines;
    std::array<numbered_job, 5> jobs{numbered_job(0), numbered_job(1), numbered_job(2), numbered_job(3),
                                     numbered_job(4)};
    const std::array priorities{-1, 7, 0, 7, 2};
    for (std::size_t i = 0; i < jobs.size(); ++i) lines.push(jobs[i], priorities[i]);
    EXPECT_EQ(emptied(lines), (std::vector{1, 3, 4, 2, 0}));
}

TEST(priority_lines_test, tell_the_highest_priority) {
    priority_lines lines;
    EXPECT_EQ(lines.highest_priority(), 0);
    std::array<numbered_job, 2> jobs{numbered_job(0), numbered_job(1)};
    lines.push(jobs[0], -4);
    EXPECT_EQ(lines.highest_priority(), -4);
    lines.push(jobs[1], 3);
    EXPECT_EQ(lines.highest_priority(), 3);
    lines.pop();
    EXPECT_EQ(lines.highest_priority(), -4);
}

TEST(priority_lines_test, give_what_is_less_urgent_when_they_are_asked_for_it) {
    priority_lines lines;
    std::array<numbered_job, 4> jobs{numbered_job(0), numbered_job(1), numbered_job(2), numbered_job(3)};
    lines.push(jobs[0], 3);
    lines.push(jobs[1], 2);
    lines.push(jobs[2], 1);
    lines.push(jobs[3], 3);
    std::vector<int> seen;
    for (std::size_t turn = 0; turn < 2; ++turn) seen.push_back(number_of(lines.pop_less_urgent(turn)));
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector{1, 2}));
    EXPECT_EQ(number_of(lines.pop_less_urgent(0)), 0) << "only the highest is left";
    EXPECT_EQ(emptied(lines), std::vector{3});
    EXPECT_EQ(lines.pop_less_urgent(5), nullptr);
}

TEST(priority_lines_test, take_one_back_in_front_of_its_equals) {
    priority_lines lines;
    std::array<numbered_job, 4> jobs{numbered_job(0), numbered_job(1), numbered_job(2), numbered_job(3)};
    lines.push(jobs[0], 5);
    lines.push(jobs[1], 0);
    lines.push_front(jobs[2], 0);
    lines.push_front(jobs[3], 5);
    EXPECT_EQ(emptied(lines), (std::vector{3, 0, 2, 1}));
}

TEST(priority_lines_test, give_up_a_job_wherever_it_stands) {
    for (const int gone : {0, 1, 2, 3, 4, 5}) {
        priority_lines lines;
        std::array<numbered_job, 6> jobs{numbered_job(0), numbered_job(1), numbered_job(2),
                                         numbered_job(3), numbered_job(4), numbered_job(5)};
        for (std::size_t i = 0; i < jobs.size(); ++i) lines.push(jobs[i], i < 3 ? 1 : 0);
        EXPECT_TRUE(lines.remove(jobs[static_cast<std::size_t>(gone)]));
        EXPECT_EQ(lines.size(), 5u);
        std::vector expected{0, 1, 2, 3, 4, 5};
        expected.erase(expected.begin() + gone);
        EXPECT_EQ(emptied(lines), expected);
    }
}

TEST(priority_lines_test, say_that_a_job_stands_in_none) {
    priority_lines lines;
    numbered_job never(0);
    numbered_job taken(1);
    EXPECT_FALSE(lines.remove(never));
    lines.push(taken, 3);
    lines.pop();
    EXPECT_FALSE(lines.remove(taken));
    EXPECT_TRUE(lines.empty());
}

TEST(priority_lines_test, use_a_priority_again_after_its_line_was_emptied) {
    priority_lines lines;
    numbered_job j(4);
    for (int round = 0; round < 3; ++round) {
        lines.push(j, 9);
        EXPECT_TRUE(lines.remove(j));
        EXPECT_TRUE(lines.empty());
        lines.push(j, 9);
        EXPECT_EQ(number_of(lines.pop()), 4);
        EXPECT_EQ(lines.pop(), nullptr);
    }
}

TEST(priority_lines_test, need_no_memory_for_the_usual_priority) {
    priority_lines lines;
    numbered_job j(1);
    const std::size_t before = support::allocations::count_here();
    lines.push(j, 0);
    lines.pop();
    lines.push_front(j, 0);
    lines.remove(j);
    EXPECT_EQ(support::allocations::count_here(), before);
}

TEST(priority_lines_test, take_nothing_where_there_is_no_memory_for_a_new_priority) {
    priority_lines lines;
    numbered_job first(0);
    numbered_job second(1);
    lines.push(first, 0);
    const auto tries = support::allocations::sweep(
        [&] {
            lines.push(second, 3);
            lines.remove(second);
        },
        [&] {
            EXPECT_FALSE(second.stands_in_line());
            EXPECT_EQ(lines.size(), 1u);
        });
    EXPECT_GE(tries, 1u);
    EXPECT_EQ(emptied(lines), std::vector{0});
}

// Against a list that is searched from its front.
TEST(priority_lines_test, do_what_a_simple_list_would_do) {
    std::mt19937 chance(7);
    const auto below = [&](unsigned n) { return chance() % n; };
    priority_lines lines;
    std::vector<std::unique_ptr<numbered_job>> all;
    std::vector<std::pair<int, numbered_job*>> expected;  // highest first
    for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<numbered_job>(i));
    for (int step = 0; step < 20'000; ++step) {
        numbered_job& j = *all[below(200)];
        const auto at = std::ranges::find(expected, &j, &std::pair<int, numbered_job*>::second);
        const int priority = static_cast<int>(below(5)) - 2;
        if (at != expected.end()) {
            EXPECT_TRUE(lines.remove(j));
            expected.erase(at);
        } else if (below(4) == 0) {
            lines.push_front(j, priority);
            expected.emplace(std::ranges::find_if(expected, [&](const auto& e) { return e.first <= priority; }),
                             priority, &j);
        } else {
            lines.push(j, priority);
            expected.emplace(std::ranges::find_if(expected, [&](const auto& e) { return e.first < priority; }),
                             priority, &j);
        }
        if (below(3) != 0) continue;
        EXPECT_EQ(number_of(lines.pop()), expected.empty() ? -1 : expected.front().second->number);
        if (!expected.empty()) expected.erase(expected.begin());
        ASSERT_EQ(lines.size(), expected.size());
    }
}

}  // namespace
