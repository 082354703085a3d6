// A little of what tests/stress/process_pool_chaos.cpp does for long: workers die at random moments.
#include "support/census.hpp"
#include "support/chaos.hpp"
#include "support/sanitized.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chaos = support::chaos;
using support::census;

namespace {

void expect_well(const chaos::plan& p) {
    const census before = census::now();
    const chaos::outcome o = chaos::run(p);
    EXPECT_EQ(o.lost, 0) << "tasks whose futures were never done";
    EXPECT_EQ(o.twice, 0) << "tasks that were begun more than once";
    EXPECT_EQ(o.unstarted, 0) << "answers of tasks that nobody began";
    EXPECT_EQ(o.wrong, 0) << "answers and exceptions of others";
    EXPECT_EQ(o.answered + o.died, p.tasks);
    EXPECT_GT(o.died, 0);
    EXPECT_GE(o.deaths, o.died);
    EXPECT_THAT(o.troubles, testing::IsEmpty()) << "seed " << p.seed;
    EXPECT_TRUE(census::comes_back_to(before)) << "before: " << before << "; after: " << census::now();
}

long scaled(long n) { return support::is_sanitized() ? n / 10 : n; }

}  // namespace

TEST(process_pool_chaos_test, one_worker_after_another_dies_and_no_task_is_lost_or_run_twice) {
    expect_well({.workers = 1, .tasks = scaled(4000), .deaths = scaled(60), .seed = 11});
}

TEST(process_pool_chaos_test, four_workers_die_at_random_and_no_task_is_lost_or_run_twice) {
    expect_well({.workers = 4, .tasks = scaled(6000), .deaths = scaled(80), .seed = 12});
}

TEST(process_pool_chaos_test, sixteen_workers_die_at_random_during_messages_of_up_to_16_megabytes) {
    expect_well({.workers = 16, .tasks = scaled(3000), .deaths = scaled(60), .largest = 16 << 20, .seed = 13});
}

TEST(process_pool_chaos_test, a_replacement_answers_soon) {
    const auto times = chaos::recovery_times(2, 20);
    RecordProperty("median_ms", std::to_string(times[times.size() / 2]));
    EXPECT_LT(times[times.size() / 2], support::is_sanitized() ? 3000.0 : 100.0);
}
