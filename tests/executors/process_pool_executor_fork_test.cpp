// fork() beside a pool of processes, and pools inside workers.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <cstdio>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::broken_process_pool;
using concur::future;
using concur::process_pool_executor;
using concur::thread_pool_executor;
using support::door;
using support::long_enough;
using support::process_gate;

namespace {

int same(int n) { return n; }
int own_pid() { return ::getpid(); }
int wait_at(const door& d) {
    d.wait();
    return 1;
}

// Whether `fn` throws broken_process_pool, and says what to do instead.
template <class F>
bool is_told(F fn) {
    try {
        fn();
        std::fprintf(stderr, "nothing was thrown\n");
        return false;
    } catch (const broken_process_pool& e) {
        const std::string text = e.what();
        const bool clear = text.find("parent") != text.npos;
        if (!clear) std::fprintf(stderr, "not clear: %s\n", e.what());
        return clear;
    }
}

bool own_pool_works() {
    process_pool_executor own{2};
    int sum = 0;
    for (const int n : own.map(same, std::vector<int>(10, 1))) sum += n;
    return sum == 10;
}

// A pool with a task that runs and one that waits.
struct busy_pool {
    busy_pool() {
        runs = pool->submit(wait_at, gate.door);
        gate.door.until_came(1);
        waits = pool->submit(same, 2);
    }
    void expect_undisturbed() {
        gate.door.open();
        EXPECT_EQ(runs.result(long_enough), 1);
        EXPECT_EQ(waits.result(long_enough), 2);
        EXPECT_EQ(pool->submit(same, 3).result(long_enough), 3);
    }

    std::unique_ptr<process_pool_executor> pool = std::make_unique<process_pool_executor>(1);
    process_gate gate;
    future<int> runs, waits;
};

void expect_all_well(const support::child::outcome& child) {
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_FALSE(child.signal.has_value()) << "signal " << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

// Calls itself in a worker of a pool of its own.
int nested(int depth) {
    if (depth == 0) return 0;
    process_pool_executor pool{1};
    return 1 + pool.submit(nested, depth - 1).result(long_enough);
}

}  // namespace

// fact 61
TEST(process_pool_executor_test, a_child_of_a_fork_is_told_that_the_pool_is_its_parents_and_makes_its_own) {
    busy_pool busy;
    for (int round = 0; round < 5 && !HasFailure(); ++round)
        expect_all_well(support::child::run([&] {
            if (!is_told([&] { busy.pool->submit(own_pid); })) return 1;
            if (!is_told([&] { busy.runs.result(); })) return 2;
            if (!is_told([&] { busy.waits.result(); })) return 3;
            if (!own_pool_works()) return 4;
            return 0;
        }));
    busy.expect_undisturbed();
}

// fact 61
TEST(process_pool_executor_test, a_child_of_a_fork_can_end_the_inherited_pool_in_each_way_and_exit) {
    busy_pool busy;
    for (int round = 0; round < 6 && !HasFailure(); ++round)
        expect_all_well(support::child::run([&]() -> int {
            if (round % 6 == 1) busy.pool.reset();
            if (round % 6 == 2) busy.pool->shutdown();
            if (round % 6 == 3) busy.pool->kill_workers();
            if (round % 6 == 4) busy.runs = {}, busy.waits = {};
            if (round % 6 == 5 && !own_pool_works()) return 1;
            exit_in_child::now();
        }));
    busy.expect_undisturbed();
}

TEST(process_pool_executor_test, a_fork_while_results_come_in_harms_nobody) {
    process_pool_executor pool{2};
    std::jthread submitter([&](std::stop_token stop) {
        while (!stop.stop_requested()) EXPECT_EQ(pool.submit(same, 5).result(long_enough), 5);
    });
    for (int round = 0; round < 10 && !HasFailure(); ++round)
        expect_all_well(support::child::run([&] { return is_told([&] { pool.submit(own_pid); }) ? 0 : 1; }));
}

// It has copies of the pool's sockets for as long as it lives.
TEST(process_pool_executor_test, a_child_of_a_fork_that_lives_on_does_not_hold_up_the_end_of_the_pool) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    const process_gate gate;
    const pid_t child = ::fork();
    if (child == 0) {
        gate.door.wait();
        ::_exit(0);
    }
    ASSERT_TRUE(gate.door.until_came(1));
    pool.shutdown();
    EXPECT_TRUE(support::until_gone(pid, std::chrono::milliseconds{0}));
    gate.door.open();
    ::waitpid(child, nullptr, 0);
}

TEST(process_pool_executor_test, a_child_of_a_fork_that_lives_on_does_not_hide_the_death_of_a_worker) {
    process_pool_executor pool{1};
    pool.submit(own_pid).result(long_enough);
    const process_gate gate;
    const pid_t child = ::fork();
    if (child == 0) {
        gate.door.wait();
        ::_exit(0);
    }
    EXPECT_THROW(pool.submit([] { std::raise(SIGKILL); }).result(long_enough), concur::worker_died);
    EXPECT_EQ(pool.submit(same, 4).result(long_enough), 4);
    gate.door.open();
    ::waitpid(child, nullptr, 0);
}

TEST(process_pool_executor_test, a_task_may_use_a_pool_of_its_own_to_any_sensible_depth) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit(nested, 3).result(long_enough), 3);
    const auto with_threads = [](int n) {
        thread_pool_executor threads{2};
        auto a = threads.submit(same, n);
        return a.result() + threads.submit([n] { return n; }).result();
    };
    EXPECT_EQ(pool.submit(with_threads, 4).result(long_enough), 8);
}

TEST(process_pool_executor_test, a_worker_that_dies_takes_the_workers_of_its_own_pool_with_it) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto die_with_a_pool = [](const door& d) {
        process_pool_executor own{1};
        auto f = own.submit(wait_at, d);
        d.until_came(1);
        d.come(static_cast<unsigned>(own.worker_pids().at(0)));
        std::raise(SIGKILL);
    };
    EXPECT_THROW(pool.submit(die_with_a_pool, gate.door).result(long_enough), concur::worker_died);
    const auto inner = static_cast<std::int64_t>(gate.door.came()) - 1;
    EXPECT_GT(inner, 1);
    EXPECT_TRUE(support::until_gone(inner)) << inner;
}

TEST(process_pool_executor_test, a_task_may_fork_and_start_programs_and_wait_for_them) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit([] { return std::system("exit 5"); }).result(long_enough), 5 << 8);
    const auto forks = [] {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(6);
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    EXPECT_EQ(pool.submit(forks).result(long_enough), 6);
}

TEST(process_pool_executor_test, a_child_that_a_task_has_forked_does_not_answer_for_the_worker) {
    process_pool_executor pool{1};
    const auto forks = [] {
        const pid_t child = ::fork();
        if (child == 0) return -1;  // returns into the library, in a process that is no worker
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) || WIFSIGNALED(status) ? 1 : 2;
    };
    auto f = pool.submit({.timeout = std::chrono::seconds{10}}, forks);
    EXPECT_EQ(f.result(long_enough), 1);
    EXPECT_EQ(pool.submit(same, 4).result(long_enough), 4);
}
