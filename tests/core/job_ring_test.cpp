#include "concur/core/job_ring.hpp"

#include "support/allocations.hpp"
#include "support/numbered_job.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace {

using concur::job;
using concur::job_ring;
using support::number_of;
using support::numbered_job;
using support::numbered_jobs;

TEST(job_ring_test, is_empty_at_first) {
    job_ring ring(4);
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.pop(), nullptr);
}

TEST(job_ring_test, gives_jobs_in_the_order_they_came) {
    job_ring ring(2);
    const auto all = numbered_jobs(100);
    for (const auto& j : all) ring.push(*j);
    EXPECT_EQ(ring.size(), 100u);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(number_of(ring.pop()), i);
    EXPECT_TRUE(ring.empty());
}

TEST(job_ring_test, lets_any_job_go_and_says_so) {
    job_ring ring(4);
    const auto all = numbered_jobs(4);
    for (const auto& j : all) ring.push(*j);
    EXPECT_TRUE(ring.remove(*all[1]));
    EXPECT_FALSE(ring.remove(*all[1]));
    EXPECT_TRUE(ring.remove(*all[3]));
    EXPECT_EQ(number_of(ring.pop()), 0);
    EXPECT_FALSE(ring.remove(*all[0]));
    EXPECT_EQ(number_of(ring.pop()), 2);
    EXPECT_TRUE(ring.empty());
}

TEST(job_ring_test, knows_a_stranger) {
    job_ring ring(4);
    const auto all = numbered_jobs(2);
    EXPECT_FALSE(ring.remove(*all[0]));
    ring.push(*all[0]);
    EXPECT_FALSE(ring.remove(*all[1]));
}

TEST(job_ring_test, closes_its_holes_before_it_grows) {
    job_ring ring(4);
    const auto all = numbered_jobs(2);
    ring.push(*all[0]);
    const std::size_t before = support::allocations::count_here();
    for (int i = 0; i < 1000; ++i) {
        ring.push(*all[1]);
        EXPECT_TRUE(ring.remove(*all[1]));
    }
    EXPECT_EQ(support::allocations::count_here(), before) << "the last place was free again each time";
    EXPECT_EQ(number_of(ring.pop()), 0);
    EXPECT_EQ(ring.pop(), nullptr);
}

TEST(job_ring_test, takes_nothing_where_there_is_no_memory_to_grow) {
    job_ring ring(2);
    const auto all = numbered_jobs(3);
    ring.push(*all[0]);
    ring.push(*all[1]);
    const auto tries = support::allocations::sweep([&] { ring.push(*all[2]); }, [&] { EXPECT_EQ(ring.size(), 2u); });
    EXPECT_GE(tries, 1u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(number_of(ring.pop()), i);
}

// Against a list that is searched from its front.
TEST(job_ring_test, does_what_a_simple_list_would_do) {
    std::mt19937 chance(7);
    const auto below = [&](unsigned n) { return chance() % n; };
    job_ring ring(2);
    const auto all = numbered_jobs(200);
    std::vector<numbered_job*> expected;
    for (int step = 0; step < 50'000; ++step) {
        numbered_job& j = *all[below(200)];
        const auto at = std::ranges::find(expected, &j);
        if (at != expected.end()) {
            EXPECT_TRUE(ring.remove(j));
            expected.erase(at);
        } else {
            ring.push(j);
            expected.push_back(&j);
        }
        if (below(3) != 0) continue;
        EXPECT_EQ(number_of(ring.pop()), expected.empty() ? -1 : expected.front()->number);
        if (!expected.empty()) expected.erase(expected.begin());
        ASSERT_EQ(ring.size(), expected.size());
    }
}

}  // namespace
