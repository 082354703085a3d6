// When a pool breaks, and when a task is run again.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/injected.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

using concur::broken_process_pool;
using concur::future;
using concur::process_pool_executor;
using concur::start_method;
using concur::worker_death;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::injected;
using support::long_enough;
using support::process_gate;

namespace {

int own_pid() { return ::getpid(); }

// Dies as often as it is told, and then returns how often it was begun.
int die_first(const door& d, unsigned times) {
    const unsigned number = d.come();
    if (number <= times) std::raise(SIGKILL);
    return static_cast<int>(number);
}

}  // namespace

// fact 63
TEST(process_pool_executor_test, with_break_pool_one_death_fails_every_future_and_later_submits_throw) {
    process_pool_executor pool{{.max_workers = 2, .on_worker_death = worker_death::break_pool}};
    const process_gate dies, stays;
    auto a = pool.submit({.name = "the culprit"}, [](const door& d) { d.wait(), std::raise(SIGKILL); }, dies.door);
    auto b = pool.submit([](const door& d) { d.wait(); }, stays.door);
    ASSERT_TRUE(dies.door.until_came(1) && stays.door.until_came(1));
    std::vector<future<int>> queued;
    for (int i = 0; i < 10; ++i) queued.push_back(pool.submit(own_pid));
    dies.door.open();
    EXPECT_EQ(ended_with<worker_died>(a).task_name(), "the culprit");
    ended_with<broken_process_pool>(b);
    for (const auto& f : queued) {
        const auto e = ended_with<broken_process_pool>(f);
        EXPECT_THROW(std::rethrow_exception(e.cause()), worker_died) << "it says who died";
    }
    EXPECT_THROW(pool.submit(own_pid), broken_process_pool);
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().empty(); }));
}

TEST(process_pool_executor_test, a_broken_pool_throws_at_submit_and_map_with_the_cause_and_says_what_to_do) {
    process_pool_executor pool{{.max_workers = 1, .on_worker_death = worker_death::break_pool}};
    ended_with<worker_died>(pool.submit([] { std::raise(SIGABRT); }));
    EXPECT_THROW(pool.map([](int n) { return n; }, std::vector{1, 2}), broken_process_pool);
    try {
        pool.submit(own_pid);
        FAIL() << "it took work";
    } catch (const broken_process_pool& e) {
        EXPECT_THROW(std::rethrow_exception(e.cause()), worker_died);
        EXPECT_NE(std::string(e.what()).find("new pool"), std::string::npos) << "the mend: " << e.what();
    }
    pool.shutdown();
    pool.kill_workers();
}

TEST(process_pool_executor_test, with_break_pool_a_worker_that_dies_idle_breaks_the_pool_as_in_python) {
    process_pool_executor pool{{.max_workers = 1, .on_worker_death = worker_death::break_pool}};
    const int pid = pool.submit(own_pid).result(long_enough);
    ASSERT_TRUE(support::send_signal(pid, SIGKILL));
    EXPECT_TRUE(support::until([&] {
        try {
            pool.submit(own_pid).wait();
            return false;
        } catch (const broken_process_pool&) {
            return true;
        }
    }));
}

TEST(process_pool_executor_test, with_break_pool_exceptions_cancels_and_retiring_workers_break_nothing) {
    process_pool_executor pool{
        {.max_workers = 1, .max_tasks_per_child = 2, .on_worker_death = worker_death::break_pool}};
    for (int i = 0; i < 6; ++i) {
        EXPECT_THROW(pool.submit([] { throw std::runtime_error("no death"); }).result(long_enough), std::runtime_error);
        pool.submit(own_pid).cancel();
    }
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
}

TEST(process_pool_executor_test, a_task_marked_idempotent_is_run_again_when_its_worker_dies) {
    process_pool_executor pool{1};
    const process_gate gate;
    EXPECT_EQ(pool.submit({.idempotent = true}, die_first, gate.door, 1U).result(long_enough), 2);
    const process_gate other;
    EXPECT_EQ(pool.submit({.idempotent = true}, die_first, other.door, 3U).result(long_enough), 4);
}

TEST(process_pool_executor_test, a_task_that_is_not_marked_is_never_run_again) {
    process_pool_executor pool{1};
    const process_gate gate;
    ended_with<worker_died>(pool.submit({.name = "once"}, die_first, gate.door, 1U));
    ended_with<worker_died>(pool.submit(die_first, gate.door, 2U));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
    EXPECT_EQ(gate.door.came(), 2U);
}

TEST(process_pool_executor_test, one_that_kills_every_worker_is_given_up_after_max_retries) {
    for (const int retries : {0, 2}) {
        process_pool_executor pool{{.max_workers = 1, .max_retries = retries}};
        const process_gate gate;
        const auto e =
            ended_with<worker_died>(pool.submit({.name = "poison", .idempotent = true}, die_first, gate.door, 1'000U));
        EXPECT_EQ(e.task_name(), "poison");
        EXPECT_EQ(gate.door.came(), 1U + static_cast<unsigned>(retries));
        EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
    }
}

TEST(process_pool_executor_test, an_idempotent_task_that_throws_is_not_run_again) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto fail = [](const door& d) {
        d.come();
        throw std::out_of_range("an answer like any other");
    };
    EXPECT_THROW(pool.submit({.idempotent = true}, fail, gate.door).result(long_enough), std::out_of_range);
    EXPECT_EQ(gate.door.came(), 1U);
}

TEST(process_pool_executor_test, a_large_argument_is_there_again_when_a_task_is_run_again) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto sum = [](const door& d, const std::vector<int>& v) {
        if (d.come() == 1) std::raise(SIGKILL);
        return v.front() + v.back();
    };
    std::vector<int> all(500'000, 1);
    all.back() = 41;
    EXPECT_EQ(pool.submit({.idempotent = true}, sum, gate.door, all).result(long_enough), 42);
}

// fact 62
TEST(process_pool_executor_test, where_the_first_process_cannot_be_started_submit_throws_and_nothing_is_left) {
    process_pool_executor pool{1};
    const auto threads = support::threads_of(::getpid());
    for (const auto what : {injected::system_call::spawn, injected::system_call::socketpair,
                            injected::system_call::epoll, injected::system_call::memfd_create}) {
        {
            const injected failing(what, EAGAIN, 1, true);
            EXPECT_THROW(pool.submit(own_pid), std::system_error) << static_cast<int>(what);
        }
        EXPECT_EQ(support::threads_of(::getpid()), threads);
    }
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0) << "and the next one is taken";
}

// fact 62
TEST(process_pool_executor_test, where_a_second_worker_cannot_be_had_one_does_all_the_work) {
    process_pool_executor pool{4};
    const process_gate gate;
    auto first = pool.submit([](const door& d) { return d.wait(), ::getpid(); }, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const injected failing(injected::system_call::memfd_create, EMFILE, 1, true);
    std::vector<future<int>> queued;
    for (int i = 0; i < 20; ++i) queued.push_back(pool.submit(own_pid));
    gate.door.open();
    for (const auto& f : queued) EXPECT_EQ(f.result(long_enough), first.result(long_enough));
}

// fact 83
TEST(process_pool_executor_test, where_no_worker_can_be_started_any_more_the_pool_breaks_with_the_reason) {
    // The forked server counts on from here: itself, the first worker, and then no more.
    const injected failing(injected::system_call::fork, EAGAIN, 3, true);
    process_pool_executor pool{
        {.max_workers = 1, .start_method = start_method::fork, .force_fork = support::under_tsan()}};
    const process_gate gate;
    auto dies = pool.submit([](const door& d) { d.wait(), std::raise(SIGKILL); }, gate.door);
    auto waits = pool.submit(own_pid);
    ASSERT_TRUE(gate.door.until_came(1));
    gate.door.open();
    EXPECT_EQ(ended_with<worker_died>(dies).signal(), SIGKILL);
    const auto e = ended_with<broken_process_pool>(waits);
    ASSERT_NE(e.cause(), nullptr) << e.what();
    try {
        std::rethrow_exception(e.cause());
    } catch (const std::system_error& why) {
        EXPECT_EQ(why.code(), std::errc::resource_unavailable_try_again) << why.what();
    }
    EXPECT_THROW(pool.submit(own_pid), broken_process_pool);
}
