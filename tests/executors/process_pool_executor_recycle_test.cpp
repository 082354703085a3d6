// Workers that retire after so many tasks, and what a worker keeps of a task.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;

namespace {

int own_pid() { return ::getpid(); }
int pid_behind(const door& d) {
    d.wait();
    return ::getpid();
}

// How many tasks ran in each process.
std::map<int, int> counted(const std::vector<future<int>>& pids) {
    std::map<int, int> counts;
    for (const auto& f : pids) ++counts[f.result(long_enough)];
    return counts;
}

// What there is of it in this process; the last one tells a gate.
struct argument {
    argument() noexcept { ++living; }
    argument(const argument& other) : gate(other.gate), much(other.much) { ++living; }
    argument& operator=(const argument&) = default;
    ~argument() {
        if (--living == 0 && !gate.path.empty()) gate.open();
    }

    door gate;
    std::string much;
    inline static std::atomic<int> living = 0;  // the pool's thread may be the last with a result
};
template <class Archive>
void concur_serialize(Archive& ar, argument& a) {
    ar(a.gate, a.much);
}

}  // namespace

// fact 79
TEST(process_pool_executor_test, a_worker_runs_max_tasks_per_child_tasks_and_the_next_one_runs_on_a_new_one) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 3}};
    std::vector<int> pids;
    for (int i = 0; i < 9; ++i) pids.push_back(pool.submit(own_pid).result(long_enough));
    for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(pids[i], pids[i / 3 * 3]) << i;
    EXPECT_EQ(std::set<int>(pids.begin(), pids.end()).size(), 3U);
    EXPECT_TRUE(support::until_gone(pids[0]));
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().size() <= 1; })) << "one of them is too many";
}

// fact 79
TEST(process_pool_executor_test, each_of_several_workers_keeps_its_own_count) {
    process_pool_executor pool{{.max_workers = 3, .max_tasks_per_child = 4}};
    std::vector<future<int>> all;
    for (int i = 0; i < 60; ++i) all.push_back(pool.submit(own_pid));
    for (const auto& [pid, count] : counted(all)) EXPECT_LE(count, 4) << pid;
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().size() <= 3; }));
}

TEST(process_pool_executor_test, with_a_limit_of_one_each_task_has_a_process_to_itself) {
    process_pool_executor pool{{.max_workers = 2, .max_tasks_per_child = 1}};
    std::vector<future<int>> all;
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit(own_pid));
    EXPECT_EQ(counted(all).size(), 20U);
}

// It was given to a worker, and taken back unstarted: that counts for nobody.
TEST(process_pool_executor_test, a_task_that_another_worker_ran_does_not_count) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 3}};
    const process_gate gate;
    auto first = pool.submit(pid_behind, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool.submit(own_pid).cancel());
    gate.door.open();
    const int pid = first.result(long_enough);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid);
    EXPECT_NE(pool.submit(own_pid).result(long_enough), pid);
}

// fact 80
TEST(process_pool_executor_test, a_backlog_larger_than_workers_times_limit_is_worked_off) {
    process_pool_executor pool{{.max_workers = 2, .max_tasks_per_child = 3}};
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 40; ++i) all.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(2));
    gate.door.open();
    for (const auto& [pid, count] : counted(all)) EXPECT_LE(count, 3) << pid;
}

// fact 81
TEST(process_pool_executor_test, a_limit_that_is_reached_during_a_shutdown_without_wait_leaves_no_work_undone) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 2}};
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 9; ++i) all.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(1));
    pool.shutdown({.wait = false});
    gate.door.open();
    EXPECT_EQ(counted(all).size(), 5U) << "replacements came during the shutdown";
    EXPECT_TRUE(support::until([] { return support::descendants_of(::getpid()).empty(); }));
}

// fact 82
TEST(process_pool_executor_test, a_limit_that_is_reached_while_the_pool_is_destroyed_leaves_no_future_pending) {
    std::vector<future<int>> all;
    {
        process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 2}};
        for (int i = 0; i < 9; ++i) all.push_back(pool.submit(own_pid));
    }
    for (const auto& f : all) EXPECT_TRUE(f.done());
    EXPECT_EQ(counted(all).size(), 5U);
}

TEST(process_pool_executor_test, a_worker_that_dies_before_its_limit_is_replaced_and_the_count_begins_anew) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 3}};
    pool.submit(own_pid).result(long_enough);
    ended_with<worker_died>(pool.submit([] { std::raise(SIGKILL); }));
    const int pid = pool.submit(own_pid).result(long_enough);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid);
    EXPECT_NE(pool.submit(own_pid).result(long_enough), pid);
}

TEST(process_pool_executor_test, tasks_that_throw_count_too) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 2}};
    const int pid = pool.submit(own_pid).result(long_enough);
    EXPECT_THROW(pool.submit([] { throw std::out_of_range("x"); }).result(long_enough), std::out_of_range);
    EXPECT_NE(pool.submit(own_pid).result(long_enough), pid);
}

// fact 77
TEST(process_pool_executor_test, a_tasks_arguments_are_gone_in_the_worker_when_it_is_done_and_before_the_next) {
    process_pool_executor pool{1};
    const process_gate gate;
    argument a;
    a.gate = gate.door;
    a.much = std::string(100'000, 'm');
    auto f = pool.submit([](const argument& given) { return given.much.size(); }, a);
    EXPECT_EQ(f.result(long_enough), 100'000U);
    EXPECT_TRUE(gate.door.until_open()) << "it lives on, though nothing else has come";
    a.gate.path.clear();
    EXPECT_EQ(pool.submit([] { return argument::living.load(); }).result(long_enough), 0);
}

// fact 77
TEST(process_pool_executor_test, arguments_of_a_task_that_throws_and_results_are_gone_likewise) {
    process_pool_executor pool{1};
    argument a;
    EXPECT_THROW(pool.submit([](const argument&) { throw std::out_of_range("x"); }, a).result(long_enough),
                 std::out_of_range);
    EXPECT_EQ(pool.submit([] { return argument::living.load(); }).result(long_enough), 0);
    pool.submit([] { return argument(); }).result(long_enough);
    EXPECT_EQ(pool.submit([] { return argument::living.load(); }).result(long_enough), 0);
    EXPECT_TRUE(support::until([] { return argument::living == 1; })) << "here there is one";
}

// fact 44
TEST(process_pool_executor_test, here_too_nothing_is_kept_of_a_task_that_is_done) {
    process_pool_executor pool{1};
    {
        const argument a;
        auto f = pool.submit([](const argument& given) { return given; }, a);
        f.wait();
        EXPECT_EQ(argument::living, 2) << "the argument, and the result";
    }
    EXPECT_TRUE(support::until([] { return argument::living == 0; }));
    pool.submit([] { return argument(); }).wait();
    EXPECT_TRUE(support::until([] { return argument::living == 0; })) << "its future was discarded";
}
