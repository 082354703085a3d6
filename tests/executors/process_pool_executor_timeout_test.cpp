// The time-out of a task really ends it.
#include "concur/core/error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <stop_token>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::timeout_error;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using namespace std::chrono_literals;

namespace {

int own_pid() { return ::getpid(); }

// Writes down that it is there, and never comes back.
void hang(const door& d) {
    d.come();
    for (;;) ::pause();
}
void hang_with_token(std::stop_token, const door& d) { hang(d); }

int heed(std::stop_token stop, const door& d) {
    d.come();
    while (!stop.stop_requested()) std::this_thread::yield();
    return 7;
}

}  // namespace

TEST(process_pool_executor_test, a_task_that_runs_over_its_time_is_ended_and_its_future_has_timeout_error) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    const process_gate gate;
    auto f = pool.submit({.timeout = 100ms, .name = "hang"}, hang, gate.door);
    const auto e = ended_with<timeout_error>(f);
    EXPECT_NE(std::string(e.what()).find("'hang'"), std::string::npos) << e.what();
    EXPECT_FALSE(f.cancelled());
    EXPECT_EQ(gate.door.came(), 1U) << "it ran";
    EXPECT_TRUE(support::until_gone(pid));
    EXPECT_NE(pool.submit(own_pid).result(long_enough), pid) << "the pool goes on";
}

TEST(process_pool_executor_test, a_task_that_heeds_its_token_within_the_grace_has_its_own_result) {
    process_pool_executor pool{{.max_workers = 1, .stop_grace = long_enough}};
    const int pid = pool.submit(own_pid).result(long_enough);
    const process_gate gate;
    EXPECT_EQ(pool.submit({.timeout = 50ms}, heed, gate.door).result(long_enough), 7);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid) << "its worker lives";
}

TEST(process_pool_executor_test, a_task_that_does_not_heed_its_token_is_ended_after_the_grace) {
    process_pool_executor pool{{.max_workers = 1, .stop_grace = 50ms}};
    const int pid = pool.submit(own_pid).result(long_enough);
    const process_gate gate;
    ended_with<timeout_error>(pool.submit({.timeout = 50ms}, hang_with_token, gate.door));
    EXPECT_TRUE(support::until_gone(pid));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
}

TEST(process_pool_executor_test, with_a_grace_of_zero_a_task_that_takes_a_token_is_ended_at_once) {
    process_pool_executor pool{{.max_workers = 1, .stop_grace = 0ms}};
    const process_gate gate;
    ended_with<timeout_error>(pool.submit({.timeout = 50ms}, heed, gate.door));
}

TEST(process_pool_executor_test, the_neighbours_of_a_task_that_is_ended_and_those_behind_it_are_unharmed) {
    process_pool_executor pool{2};
    const process_gate gate, hung;
    auto neighbour = pool.submit([](const door& d) { return d.wait(), ::getpid(); }, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    auto hangs = pool.submit({.timeout = 150ms}, hang, hung.door);
    std::vector<future<int>> behind;
    for (int i = 0; i < 20; ++i) behind.push_back(pool.submit([](int n) { return n; }, i));
    ended_with<timeout_error>(hangs);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(behind[static_cast<std::size_t>(i)].result(long_enough), i);
    EXPECT_FALSE(neighbour.done());
    gate.door.open();
    EXPECT_GT(neighbour.result(long_enough), 0);
}

TEST(process_pool_executor_test, a_task_that_does_not_start_in_its_time_fails_and_never_runs) {
    process_pool_executor pool{1};
    const process_gate gate, never;
    auto holds = pool.submit([](const door& d) { d.wait(); }, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto come = [](const door& d) { d.come(); };
    std::vector<future<void>> late;
    for (int i = 0; i < 5; ++i) late.push_back(pool.submit({.timeout = 20ms, .name = "late"}, come, never.door));
    for (const auto& f : late) {
        const auto e = ended_with<timeout_error>(f);
        EXPECT_NE(std::string(e.what()).find("'late'"), std::string::npos) << e.what();
    }
    EXPECT_FALSE(holds.done());
    gate.door.open();
    pool.shutdown();
    EXPECT_EQ(never.door.came(), 0U);
}

TEST(process_pool_executor_test, a_time_of_zero_or_less_is_over_before_the_task_can_start) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto come = [](const door& d) { d.come(); };
    ended_with<timeout_error>(pool.submit({.timeout = 0s}, come, gate.door));
    ended_with<timeout_error>(pool.submit({.timeout = -1h}, come, gate.door));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
    EXPECT_EQ(gate.door.came(), 0U);
}

TEST(process_pool_executor_test, a_task_that_keeps_its_time_is_left_alone) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(pool.submit({.timeout = 1h}, own_pid).result(long_enough), pid);
    for (const auto t : {std::chrono::nanoseconds::max(), std::chrono::nanoseconds{1h}})
        EXPECT_EQ(pool.submit({.timeout = t}, own_pid).result(long_enough), pid);
}

TEST(process_pool_executor_test, a_worker_that_was_stopped_by_a_signal_is_ended_when_the_time_is_over) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    ended_with<timeout_error>(pool.submit({.timeout = 100ms}, [] { std::raise(SIGSTOP); }));
    EXPECT_TRUE(support::until_gone(pid));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
}

TEST(process_pool_executor_test, what_a_task_has_started_itself_is_ended_with_it) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto with_child = [](const door& d) {
        const pid_t child = ::fork();
        if (child == 0)
            for (;;) ::pause();
        d.come(static_cast<unsigned>(child));  // tells its pid
        for (;;) ::pause();
    };
    auto f = pool.submit({.timeout = 200ms}, with_child, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto child = static_cast<std::int64_t>(gate.door.came());
    ended_with<timeout_error>(f);
    EXPECT_TRUE(support::until_gone(child)) << "its process group was to go with it";
}

TEST(process_pool_executor_test, what_a_task_has_started_in_a_session_of_its_own_is_ended_with_it) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto with_session = [](const door& d) {
        if (::fork() == 0) {
            ::setsid();
            d.come(static_cast<unsigned>(::getpid()));
        }
        for (;;) ::pause();
    };
    auto f = pool.submit({.timeout = 200ms}, with_session, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    ended_with<timeout_error>(f);
    EXPECT_TRUE(support::until_gone(static_cast<std::int64_t>(gate.door.came())));
}

TEST(process_pool_executor_test, a_worker_that_is_stopped_while_it_is_idle_keeps_a_task_no_longer_than_its_time) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    ASSERT_TRUE(support::send_signal(pid, SIGSTOP));
    ended_with<timeout_error>(pool.submit({.timeout = 100ms}, own_pid));
    const auto waits = pool.submit(own_pid);
    EXPECT_FALSE(waits.wait_for(50ms)) << "nobody knows that it will not go on";
    ASSERT_TRUE(support::send_signal(pid, SIGCONT));
    EXPECT_EQ(waits.result(long_enough), pid);
}

TEST(process_pool_executor_test, many_tasks_that_hang_are_ended_each_in_its_time) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<void>> all;
    for (int i = 0; i < 12; ++i) all.push_back(pool.submit({.timeout = 400ms}, hang, gate.door));
    auto well = pool.submit([] { return 3; });
    for (const auto& f : all) ended_with<timeout_error>(f);
    EXPECT_EQ(well.result(long_enough), 3);
}

TEST(process_pool_executor_test, a_task_that_is_marked_idempotent_is_not_run_again_when_its_time_is_over) {
    process_pool_executor pool{1};
    const process_gate gate;
    ended_with<timeout_error>(pool.submit({.timeout = 100ms, .idempotent = true}, hang, gate.door));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
    EXPECT_EQ(gate.door.came(), 1U);
}

TEST(process_pool_executor_test, with_break_pool_a_task_that_is_ended_for_its_time_breaks_nothing) {
    process_pool_executor pool{{.max_workers = 1, .on_worker_death = concur::worker_death::break_pool}};
    const process_gate gate;
    ended_with<timeout_error>(pool.submit({.timeout = 50ms}, hang, gate.door));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0) << "the pool itself has ended the worker";
}

TEST(process_pool_executor_test, a_running_task_is_asked_to_stop_through_its_future) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto f = pool.submit(heed, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    EXPECT_TRUE(f.running());
    EXPECT_TRUE(f.request_stop());
    EXPECT_EQ(f.result(long_enough), 7);
    EXPECT_FALSE(f.request_stop()) << "it is done";
    EXPECT_FALSE(pool.submit(own_pid).request_stop()) << "it takes no token";
}

TEST(process_pool_executor_test, each_of_several_tasks_of_a_worker_is_asked_to_stop_for_itself) {
    process_pool_executor pool{1};
    const process_gate a, b, c;
    auto first = pool.submit(heed, a.door), second = pool.submit(heed, b.door), third = pool.submit(heed, c.door);
    ASSERT_TRUE(a.door.until_came(1));
    EXPECT_TRUE(third.request_stop());
    EXPECT_TRUE(second.request_stop());
    EXPECT_FALSE(first.wait_for(20ms)) << "nobody has asked it";
    EXPECT_TRUE(first.request_stop());
    EXPECT_EQ(first.result(long_enough), 7);
    EXPECT_EQ(second.result(long_enough), 7) << "it was asked before it started";
    EXPECT_EQ(third.result(long_enough), 7);
}

TEST(process_pool_executor_test, a_stop_that_comes_too_late_does_not_reach_the_next_task) {
    process_pool_executor pool{1};
    for (int i = 0; i < 50; ++i) {
        auto a = pool.submit([](std::stop_token stop) { return stop.stop_requested(); });
        auto b = pool.submit([](std::stop_token stop) { return stop.stop_requested(); });
        a.request_stop();
        EXPECT_FALSE(b.result(long_enough));
    }
}
