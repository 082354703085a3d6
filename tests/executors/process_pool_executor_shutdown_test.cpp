// The end of a pool of processes.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::executor_shutdown;
using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;

namespace {

int own_pid() { return ::getpid(); }
void wait_at(const door& d) { d.wait(); }
void come_to(const door& d) { d.come(); }

bool nothing_is_left() {
    return support::until([] { return support::descendants_of(::getpid()).empty(); });
}

}  // namespace

// fact 34
TEST(process_pool_executor_test, submit_after_shutdown_throws_executor_shutdown) {
    process_pool_executor pool{1};
    pool.submit(own_pid).result(long_enough);
    pool.shutdown();
    try {
        pool.submit(own_pid);
        FAIL() << "work was taken";
    } catch (const executor_shutdown& e) {
        EXPECT_NE(std::string(e.what()).find("shut down"), std::string::npos) << e.what();
        EXPECT_NE(std::string(e.what()).find("new one"), std::string::npos) << "the mend: " << e.what();
    }
    EXPECT_THROW(pool.submit({.name = "late"}, own_pid), executor_shutdown);
}

// fact 48
TEST(process_pool_executor_test, shutdown_waits_for_what_is_queued_and_for_the_end_of_the_workers) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(come_to, gate.door));
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 50U);
    for (const auto& f : all) EXPECT_TRUE(f.done() && !f.cancelled());
    EXPECT_TRUE(pool.worker_pids().empty());
    EXPECT_TRUE(support::descendants_of(::getpid()).empty()) << "a process is left";
}

// fact 49
TEST(process_pool_executor_test, shutdown_with_cancel_futures_cancels_all_that_does_not_run) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(wait_at, gate.door));
    ASSERT_TRUE(gate.door.until_came(2));
    pool.shutdown({.wait = false, .cancel_futures = true});
    int cancelled = 0;
    for (const auto& f : all) cancelled += f.cancelled();
    EXPECT_EQ(cancelled, 48) << "at once";
    gate.door.open();
    pool.shutdown();
    int completed = 0;
    for (const auto& f : all) completed += !f.cancelled() && f.exception(long_enough) == nullptr;
    EXPECT_EQ(completed, 2);
}

// fact 50
TEST(process_pool_executor_test, shutdown_without_wait_returns_at_once_and_the_work_is_finished) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<void>> all;
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit(wait_at, gate.door));
    ASSERT_TRUE(gate.door.until_came(2));
    pool.shutdown({.wait = false});
    EXPECT_FALSE(all[0].done());
    EXPECT_THROW(pool.submit(own_pid), executor_shutdown);
    gate.door.open();
    for (const auto& f : all) f.result(long_enough);
    EXPECT_TRUE(nothing_is_left()) << "workers and server go by themselves";
}

// fact 51
TEST(process_pool_executor_test, shutdown_twice_and_in_every_form_is_fine) {
    process_pool_executor pool{2};
    pool.submit(own_pid);
    pool.shutdown({.wait = false});
    pool.shutdown();
    pool.shutdown({.wait = true, .cancel_futures = true});
    pool.shutdown({.wait = false, .cancel_futures = true});
    pool.terminate_workers();
    process_pool_executor unused{2};
    unused.shutdown();
    unused.shutdown({.wait = false});
    EXPECT_THROW(unused.submit(own_pid), executor_shutdown);
}

TEST(process_pool_executor_test, shutdowns_by_several_threads_all_wait_for_the_end) {
    for (int round = 0; round < 5; ++round) {
        process_pool_executor pool{2};
        const process_gate gate;
        for (int i = 0; i < 10; ++i) pool.submit(wait_at, gate.door);
        ASSERT_TRUE(gate.door.until_came(2));
        std::atomic<int> waited{0};
        std::vector<std::jthread> closers;
        for (int i = 0; i < 4; ++i)
            closers.emplace_back([&] {
                pool.shutdown();
                if (gate.door.came() == 10) ++waited;
            });
        gate.door.open();
        closers.clear();
        EXPECT_EQ(waited, 4);
    }
}

// fact 53
TEST(process_pool_executor_test, submit_then_cancel_immediately_before_shutdown_does_not_hang) {
    for (int i = 0; i < 20; ++i) {
        process_pool_executor pool{1};
        auto f = pool.submit([] { return 1; });
        const bool cancelled = f.cancel();
        pool.shutdown();
        EXPECT_EQ(cancelled, f.cancelled());
        EXPECT_TRUE(f.done());
    }
}

// fact 54
TEST(process_pool_executor_test, leaving_scope_finishes_what_is_queued) {
    const process_gate gate;
    std::vector<future<void>> all;
    {
        process_pool_executor pool{2};
        for (int i = 0; i < 20; ++i) all.push_back(pool.submit(come_to, gate.door));
    }
    for (const auto& f : all) EXPECT_TRUE(f.done());
    EXPECT_EQ(gate.door.came(), 20U);
    EXPECT_TRUE(support::descendants_of(::getpid()).empty());
}

TEST(process_pool_executor_test, a_future_outlives_its_pool) {
    future<std::string> f;
    {
        process_pool_executor pool{1};
        f = pool.submit([] { return std::string(100'000, 'k'); });
    }
    EXPECT_EQ(f.result(), std::string(100'000, 'k'));
    EXPECT_FALSE(f.cancel());
    EXPECT_FALSE(f.request_stop());
}

TEST(process_pool_executor_test, shutdown_and_submit_at_once_lose_no_task) {
    for (int round = 0; round < 3; ++round) {
        const process_gate gate;
        std::atomic<unsigned> taken{0};
        {
            process_pool_executor pool{2};
            std::jthread submitter([&] {
                try {
                    for (;;) pool.submit(come_to, gate.door), ++taken;
                } catch (const executor_shutdown&) {
                }
            });
            while (taken < 10) std::this_thread::yield();
            pool.shutdown();
        }
        EXPECT_EQ(gate.door.came(), taken);
    }
}

TEST(process_pool_executor_test, a_worker_that_dies_during_a_shutdown_with_work_queued_costs_its_task_alone) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto dies = pool.submit([](const door& d) { d.wait(), ::_exit(1); }, gate.door);
    std::vector<future<int>> behind;
    for (int i = 0; i < 10; ++i) behind.push_back(pool.submit([](int n) { return n; }, i));
    ASSERT_TRUE(gate.door.until_came(1));
    pool.shutdown({.wait = false});
    gate.door.open();
    EXPECT_EQ(ended_with<worker_died>(dies).exit_code(), 1);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(behind[static_cast<std::size_t>(i)].result(long_enough), i);
    EXPECT_TRUE(nothing_is_left());
}

// fact 85
TEST(process_pool_executor_test, kill_and_terminate_end_running_tasks_at_once) {
    for (const bool kill : {true, false}) {
        process_pool_executor pool{2};
        const process_gate gate;
        auto a = pool.submit({.name = "a"}, wait_at, gate.door);
        auto b = pool.submit({.name = "b"}, wait_at, gate.door);
        auto queued = pool.submit(come_to, gate.door);
        ASSERT_TRUE(gate.door.until_came(2));
        if (kill) pool.kill_workers();
        else pool.terminate_workers();
        EXPECT_TRUE(queued.cancelled());
        const auto e = ended_with<worker_died>(a);
        EXPECT_EQ(e.signal(), kill ? SIGKILL : SIGTERM);
        EXPECT_EQ(e.task_name(), "a");
        EXPECT_NE(std::string(e.what()).find("told to end"), std::string::npos) << e.what();
        ended_with<worker_died>(b);
        EXPECT_THROW(pool.submit(own_pid), executor_shutdown);
        EXPECT_TRUE(nothing_is_left());
        EXPECT_EQ(gate.door.came(), 2U);
    }
}

// fact 85
TEST(process_pool_executor_test, kill_on_a_pool_without_workers_or_with_dead_ones_does_nothing_more) {
    process_pool_executor unused{2};
    unused.kill_workers();
    unused.terminate_workers();
    EXPECT_THROW(unused.submit(own_pid), executor_shutdown);
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    support::send_signal(pid, SIGKILL);
    pool.kill_workers();
    pool.kill_workers();
    EXPECT_TRUE(nothing_is_left());
}

// fact 84
TEST(process_pool_executor_test, no_worker_slips_out_while_all_are_ended) {
    for (int round = 0; round < 10; ++round) {
        process_pool_executor pool{3};
        const process_gate gate;
        std::vector<future<void>> all;
        for (int i = 0; i < 30; ++i) all.push_back(pool.submit([](const door& d) { d.come(), ::_exit(1); }, gate.door));
        ASSERT_TRUE(gate.door.until_came(static_cast<unsigned>(round % 4)));  // workers die and come
        pool.kill_workers();
        EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty());
        pool.shutdown();
        EXPECT_TRUE(support::descendants_of(::getpid()).empty());
        const unsigned came = gate.door.came();
        EXPECT_LE(came, 30U);
        EXPECT_EQ(gate.door.came(), came);
    }
}

TEST(process_pool_executor_test, kill_ends_a_worker_that_ignores_everything_else) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto deaf = [](const door& d) {
        std::signal(SIGTERM, SIG_IGN);
        d.wait();
        return 5;
    };
    auto f = pool.submit(deaf, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    pool.terminate_workers();
    EXPECT_FALSE(f.wait_for(std::chrono::milliseconds{20})) << "SIGTERM can be ignored";
    pool.kill_workers();
    EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGKILL);
}

TEST(process_pool_executor_test, shutdown_that_waits_is_refused_in_a_callback_of_the_pool_and_changes_nothing) {
    process_pool_executor pool{1};
    concur::promise<int> told;
    auto f = pool.submit(own_pid);
    const process_gate gate;
    auto waits = pool.submit(wait_at, gate.door);
    waits.add_done_callback([&](const future<void>&) {
        try {
            pool.shutdown();
            told.set_result(0);
        } catch (const std::system_error& e) {
            told.set_result(e.code().value());
        }
    });
    gate.door.open();
    EXPECT_EQ(told.get_future().result(long_enough), static_cast<int>(std::errc::resource_deadlock_would_occur));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0) << "nothing has changed";
}

TEST(process_pool_executor_test, a_callback_may_drop_the_last_reference_to_its_pool) {
    auto pool = std::make_shared<process_pool_executor>(1);
    const process_gate gate;
    concur::promise<void> gone;
    auto f = pool->submit(wait_at, gate.door);
    f.add_done_callback([&gone, held = pool](const future<void>&) mutable {
        held.reset();
        gone.set_result();
    });
    auto behind = pool->submit([] { return 3; });
    pool.reset();
    gate.door.open();
    gone.get_future().result(long_enough);
    EXPECT_EQ(behind.result(long_enough), 3);
    EXPECT_TRUE(nothing_is_left());
}

TEST(process_pool_executor_test,
     workers_that_are_stopped_hold_up_the_end_for_a_grace_of_five_seconds_and_no_second_one) {
    process_pool_executor pool{2};
    const process_gate gate;
    std::vector<future<void>> all;
    for (int i = 0; i < 2; ++i) all.push_back(pool.submit(wait_at, gate.door));
    ASSERT_TRUE(gate.door.until_came(2));
    gate.door.open();
    for (const auto& f : all) f.result(long_enough);
    for (const auto pid : pool.worker_pids()) support::send_signal(pid, SIGSTOP);
    const auto begin = std::chrono::steady_clock::now();
    pool.shutdown();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{9'500});
    EXPECT_TRUE(support::descendants_of(::getpid()).empty());
}
