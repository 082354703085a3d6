// future::cancel() and request_stop(): what they end, and who sees it.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <array>
#include <gtest/gtest.h>
#include <stop_token>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;
using support::manual_executor;
using support::tracked;

// fact 8
TEST(future_cancel_test, a_pending_future_can_be_cancelled_and_result_throws_at_once) {
    const promise<int> p;
    const auto f = p.get_future();
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.done() && f.cancelled());
    EXPECT_FALSE(f.running());
    EXPECT_THROW(f.result(), cancelled_error);
    EXPECT_THROW(f.exception(), cancelled_error);
}

// fact 8
TEST(future_cancel_test, a_running_or_finished_future_cannot_and_stays_as_it_is) {
    const promise<int> p;
    const auto f = p.get_future();
    p.set_running_or_notify_cancel();
    EXPECT_FALSE(f.cancel());
    EXPECT_TRUE(f.running());
    p.set_result(1);
    EXPECT_FALSE(f.cancel());
    EXPECT_EQ(f.result(), 1);
    const auto g = support::failed<int>("oh");
    EXPECT_FALSE(g.cancel());
    EXPECT_EQ(ending(g), "oh");
}

// fact 8
TEST(future_cancel_test, a_cancelled_future_says_true_again) {
    const auto f = support::cancelled<int>();
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.cancelled());
}

// fact 10
TEST(future_cancel_test, a_thread_blocked_in_result_is_woken_by_cancel_and_gets_cancelled_not_timeout) {
    const promise<int> p;
    std::atomic<int> id{0};
    std::string ended;
    std::thread reader([&, f = p.get_future()] {
        id = support::this_thread_id();
        ended = ending(f, 1h);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_TRUE(p.get_future().cancel());
    reader.join();
    EXPECT_EQ(ended, "cancelled");
}

// fact 13
TEST(future_cancel_test, an_executor_bears_it_that_a_task_is_cancelled_before_it_runs) {
    manual_executor executor;
    bool ran = false;
    const auto f = executor.submit([&] { ran = true; });
    const auto next = executor.submit([] { return 2; });
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(executor.run_all(), 2);
    EXPECT_FALSE(ran);
    EXPECT_EQ(next.result(), 2);
    EXPECT_EQ(ending(f), "cancelled");
}

// fact 13
TEST(future_cancel_test, a_pool_and_its_user_may_race_for_a_task_and_one_of_them_has_it) {
    thread_pool_executor pool{2};
    for (int round = 0; round < 2'000; ++round) {
        std::atomic<int> runs{0};
        const auto f = pool.submit([&] { ++runs; });
        const bool won = f.cancel();
        f.wait();
        ASSERT_EQ(runs, won ? 0 : 1);
        ASSERT_EQ(f.cancelled(), won);
    }
    EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}

// fact 14
TEST(future_cancel_test, a_cancelled_future_is_done_for_every_waiter_at_the_moment_cancel_returns) {
    manual_executor executor;  // its worker never comes, and so never sees the cancellation
    const std::vector futures{executor.submit([] { return 1; }), executor.submit([] { return 2; })};
    for (const auto& f : futures) EXPECT_TRUE(f.cancel());
    const auto [done, not_done] = wait(futures);
    EXPECT_EQ(done, futures);
    EXPECT_TRUE(not_done.empty());
    std::vector<future<int>> came;
    for (auto& f : as_completed(futures)) came.push_back(f);
    EXPECT_EQ(came, futures);
    EXPECT_TRUE(futures[0].done() && futures[0].wait_for(0s));
}

// fact 14
TEST(future_cancel_test, threads_that_wait_in_any_way_are_woken_by_cancel) {
    manual_executor executor;
    const auto f = executor.submit([] { return 1; });
    std::array<std::atomic<int>, 4> ids{};
    std::atomic<int> woken{0};
    const auto waiting = [&](std::size_t i, auto call) {
        return std::jthread([&, i, call] {
            ids[i] = support::this_thread_id();
            call();
            ++woken;
        });
    };
    const auto a = waiting(0, [&] { f.wait(); });
    const auto b = waiting(1, [&] { EXPECT_EQ(ending(f), "cancelled"); });
    const auto c = waiting(2, [&] { EXPECT_EQ(wait(std::vector{f}).done.size(), 1u); });
    const auto d = waiting(3, [&] {
        for (auto& came : as_completed(std::vector{f})) EXPECT_TRUE(came.cancelled());
    });
    for (auto& id : ids) {
        while (id == 0) std::this_thread::yield();
        EXPECT_TRUE(support::until_asleep(id));
    }
    EXPECT_EQ(woken, 0);
    EXPECT_TRUE(f.cancel());
}

TEST(future_cancel_test, when_cancel_returns_the_function_and_its_arguments_are_destroyed) {
    const int before = tracked::live();
    manual_executor executor;
    const auto f = executor.submit([t = tracked(1)](const tracked&) {}, tracked(2));
    EXPECT_EQ(tracked::live(), before + 2);
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(tracked::live(), before);
}

TEST(future_cancel_test, callbacks_have_run_when_cancel_returns) {
    const promise<int> p;
    int runs = 0;
    for (int i = 0; i < 3; ++i) p.get_future().add_done_callback([&](const future<int>&) { ++runs; });
    EXPECT_TRUE(p.get_future().cancel());
    EXPECT_EQ(runs, 3);
}

TEST(future_cancel_test, of_many_threads_that_cancel_all_are_told_true_and_callbacks_run_once) {
    for (int round = 0; round < 200; ++round) {
        const promise<int> p;
        std::atomic<int> runs{0}, told{0};
        p.get_future().add_done_callback([&](const future<int>&) { ++runs; });
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t) threads.emplace_back([&, f = p.get_future()] { told += f.cancel() ? 1 : 0; });
        threads.clear();
        ASSERT_EQ(told, 3);
        ASSERT_EQ(runs, 1);
    }
}

TEST(future_cancel_test, request_stop_reaches_a_running_task_s_token) {
    thread_pool_executor pool{1};
    support::gate running;
    const auto f = pool.submit(
        [&](const std::stop_token& stop, int i) {
            running.open();
            while (!stop.stop_requested()) std::this_thread::yield();
            return i;
        },
        7);
    running.wait();
    EXPECT_FALSE(f.cancel());
    EXPECT_TRUE(f.request_stop());
    EXPECT_EQ(f.result(), 7);
    EXPECT_FALSE(f.request_stop());
}

TEST(future_cancel_test, a_task_asked_to_stop_before_it_starts_sees_it_at_once) {
    manual_executor executor;
    const auto f = executor.submit([](const std::stop_token& stop) { return stop.stop_requested(); });
    EXPECT_TRUE(f.request_stop());
    EXPECT_FALSE(f.done());
    executor.run_all();
    EXPECT_TRUE(f.result());
}

TEST(future_cancel_test, a_task_without_a_token_cannot_be_asked_to_stop) {
    manual_executor executor;
    const auto f = executor.submit([] {});
    EXPECT_FALSE(f.request_stop());
    EXPECT_FALSE(promise<int>().get_future().request_stop());
    executor.run_all();
    EXPECT_FALSE(f.request_stop());
}

}  // namespace
