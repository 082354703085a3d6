// How many workers a pool has, when they come, and what it is not made with.
#include "concur/executors/process_pool_executor.hpp"

#include "concur/futures.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::process_pool_options;
using support::door;
using support::long_enough;
using support::process_gate;
using namespace std::chrono_literals;

namespace {

int own_pid() { return ::getpid(); }

int pid_behind(const door& d) {
    d.wait();
    return ::getpid();
}

// The text with which a pool of these options is refused; empty where it is not.
std::string refusal_of(process_pool_options options) {
    try {
        process_pool_executor pool{std::move(options)};
        return {};
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
}

}  // namespace

// fact 45
TEST(process_pool_executor_test, max_workers_of_zero_or_less_is_refused_by_the_constructor) {
    EXPECT_THROW(process_pool_executor{0}, std::invalid_argument);
    EXPECT_THROW(process_pool_executor{-3L}, std::invalid_argument);
    EXPECT_NE(refusal_of({.max_workers = 0}).find("max_workers"), std::string::npos);
    EXPECT_NE(refusal_of({.max_workers = -7}).find("-7"), std::string::npos);
    EXPECT_NE(refusal_of({.max_workers = -7}).find("must be"), std::string::npos) << "the mend";
}

TEST(process_pool_executor_test, other_sizes_that_make_no_sense_are_refused_likewise) {
    EXPECT_NE(refusal_of({.max_tasks_per_child = 0}).find("max_tasks_per_child"), std::string::npos);
    EXPECT_NE(refusal_of({.max_tasks_per_child = -1}).find("max_tasks_per_child"), std::string::npos);
    EXPECT_NE(refusal_of({.limits = {.memory = -1}}).find("limit"), std::string::npos);
    EXPECT_NE(refusal_of({.limits = {.cpu = 0s}}).find("cpu"), std::string::npos);
    EXPECT_NE(refusal_of({.limits = {.files = -1}}).find("limit"), std::string::npos);
    EXPECT_NE(refusal_of({.max_retries = -1}).find("max_retries"), std::string::npos);
}

TEST(process_pool_executor_test, by_default_it_may_have_a_worker_for_each_processor_that_is_usable) {
    EXPECT_EQ(process_pool_executor().max_workers(), concur::process_cpu_count());
    EXPECT_EQ(process_pool_executor{3}.max_workers(), 3);
    EXPECT_EQ(process_pool_executor{process_pool_options{.max_workers = 4}}.max_workers(), 4);
    EXPECT_EQ(process_pool_executor{7U}.max_workers(), 7);
}

TEST(process_pool_executor_test, nothing_is_started_before_the_first_task) {
    {
        process_pool_executor pool{2};
        EXPECT_TRUE(support::descendants_of(::getpid()).empty());
        EXPECT_TRUE(pool.worker_pids().empty());
    }
    process_pool_executor pool{2};
    EXPECT_NE(pool.submit(own_pid).result(long_enough), ::getpid());
    EXPECT_FALSE(support::descendants_of(::getpid()).empty());
}

TEST(process_pool_executor_test, a_pool_that_never_had_work_ends_at_once_and_in_each_way) {
    process_pool_executor unused{2}, shut{2}, ended{2};
    shut.shutdown();
    ended.kill_workers();
    EXPECT_TRUE(support::descendants_of(::getpid()).empty());
}

// fact 46
TEST(process_pool_executor_test, saturated_it_has_exactly_max_workers_processes) {
    process_pool_executor pool{3};
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 15 * 3; ++i) all.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(3));
    gate.door.open();
    std::set<std::int64_t> pids;
    for (const auto& f : all) pids.insert(f.result(long_enough));
    EXPECT_EQ(pids.size(), 3U);
    ASSERT_TRUE(support::until([&] { return pool.worker_pids().size() == 3; }));
    const auto now = pool.worker_pids();
    EXPECT_EQ(pids, std::set<std::int64_t>(now.begin(), now.end()));
}

// fact 47
TEST(process_pool_executor_test, three_rounds_one_after_the_other_use_one_worker) {
    process_pool_executor pool{4};
    std::set<int> pids;
    for (int round = 0; round < 3; ++round) pids.insert(pool.submit(own_pid).result(long_enough));
    EXPECT_EQ(pids.size(), 1U);
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().size() == 1; }));
}

TEST(process_pool_executor_test, two_pools_at_once_have_workers_of_their_own_and_end_each_for_itself) {
    process_pool_executor a{1}, b{1};
    const int in_a = a.submit(own_pid).result(long_enough), in_b = b.submit(own_pid).result(long_enough);
    EXPECT_NE(in_a, in_b);
    a.shutdown();
    EXPECT_TRUE(support::until_gone(in_a, 0ms));
    EXPECT_EQ(b.submit(own_pid).result(long_enough), in_b);
    b.kill_workers();
    EXPECT_TRUE(support::until_gone(in_b));
}

TEST(process_pool_executor_test, a_result_of_one_pool_is_an_argument_for_another) {
    process_pool_executor a{1}, b{1};
    const auto twice = [](const std::string& s) { return s + s; };
    EXPECT_EQ(b.submit(twice, a.submit(twice, "ab").result(long_enough)).result(long_enough), "abababab");
}

TEST(process_pool_executor_test, tasks_of_one_worker_run_in_the_order_in_which_they_came) {
    process_pool_executor pool{1};
    std::vector<future<int>> all;
    const auto next = [] {
        static int count = 0;
        return count++;
    };
    for (int i = 0; i < 500; ++i) all.push_back(pool.submit(next));
    for (int i = 0; i < 500; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].result(long_enough), i);
}

TEST(process_pool_executor_test, long_tasks_do_not_hold_up_short_ones_where_another_worker_is_free) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<int>> all;
    auto held = pool.submit(pid_behind, gate.door);
    for (int i = 0; i < 100; ++i) all.push_back(pool.submit(own_pid));
    EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty()) << "one stands behind the task that waits";
    EXPECT_FALSE(held.done());
    gate.door.open();
    EXPECT_NE(held.result(long_enough), all.front().result());
}

// It must not stand behind the second long task, although it was sent there while the first ran.
TEST(process_pool_executor_test, a_short_task_sent_ahead_to_a_worker_goes_to_another_that_falls_free) {
    process_pool_executor pool{2};
    const process_gate first, second;
    auto a = pool.submit(pid_behind, first.door);
    auto b = pool.submit(pid_behind, second.door);
    ASSERT_TRUE(first.door.until_came(1) && second.door.until_came(1));
    std::vector<future<int>> queued;
    for (int i = 0; i < 6; ++i) queued.push_back(pool.submit(own_pid));
    first.door.open();
    EXPECT_TRUE(concur::wait(queued, long_enough).not_done.empty());
    for (const auto& f : queued) EXPECT_EQ(f.result(), a.result());
    EXPECT_FALSE(b.done());
}
