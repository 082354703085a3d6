#include "concur/executors/pool_worker.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/platform/cpu.hpp"
#include "support/gate.hpp"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <vector>

namespace {

using concur::task_options;
using concur::thread_pool_executor;
using support::gate;

// The other worker is busy, so nobody takes anything off this one.
TEST(pool_worker_test, runs_what_its_task_submitted_newest_first) {
    thread_pool_executor pool(2);
    gate busy, let_go;
    const auto other = pool.submit([&] {
        busy.open();
        let_go.wait();
    });
    busy.wait();
    std::vector<int> order;
    std::vector<concur::future<void>> inner;
    pool.submit([&] {
            for (int i = 0; i < 3; ++i) inner.push_back(pool.submit([&order, i] { order.push_back(i); }));
        })
        .result();
    for (const auto& f : inner) f.result();
    let_go.open();
    EXPECT_EQ(order, (std::vector{2, 1, 0}));
}

TEST(pool_worker_test, of_a_pool_of_one_runs_everything_in_the_order_it_came) {
    thread_pool_executor pool(1);
    std::vector<int> order;
    std::vector<concur::future<void>> inner;
    gate told;
    const auto first = pool.submit([&] {
        told.wait();
        for (int i = 1000; i < 1003; ++i) inner.push_back(pool.submit([&order, i] { order.push_back(i); }));
    });
    std::vector<concur::future<void>> outer;
    for (int i = 0; i < 1000; ++i) outer.push_back(pool.submit([&order, i] { order.push_back(i); }));
    told.open();
    first.result();
    pool.shutdown();
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(order.size(), 1003u);
}

// A task that goes on for ever by submitting the next leaves others their turn.
TEST(pool_worker_test, comes_to_what_was_there_before_though_its_tasks_go_on_for_ever) {
    thread_pool_executor pool(2);
    std::atomic<bool> enough{false};
    std::atomic<int> rounds{0};
    const std::function<void()> again = [&] {
        ++rounds;
        if (!enough) pool.submit(again);
    };
    for (int i = 0; i < 2; ++i) pool.submit(again);
    pool.submit([&] { enough = true; }).result();
    pool.submit(task_options{.priority = -1}, [] {}).result();
    EXPECT_GT(rounds, 0);
}

TEST(pool_worker_test, gives_urgent_tasks_from_outside_the_first_turn) {
    thread_pool_executor pool(1);
    gate begun, go;
    std::vector<int> order;
    pool.submit([&] {
        begun.open();
        go.wait();
    });
    begun.wait();
    std::vector<concur::future<void>> all;
    gate second_begun, second_go;
    all.push_back(pool.submit([&] {
        second_begun.open();
        second_go.wait();
    }));
    for (int i = 0; i < 5; ++i) all.push_back(pool.submit([&] { order.push_back(0); }));
    go.open();
    second_begun.wait();  // the worker has taken the others too by now
    all.push_back(pool.submit(task_options{.priority = 1}, [&] { order.push_back(1); }));
    second_go.open();
    for (const auto& f : all) f.result();
    EXPECT_EQ(order, (std::vector{1, 0, 0, 0, 0, 0}));
}

TEST(pool_worker_test, gives_up_a_task_that_was_cancelled_with_its_arguments) {
    thread_pool_executor pool(2);
    gate busy, let_go;
    const auto other = pool.submit([&] {
        busy.open();
        let_go.wait();
    });
    busy.wait();
    const auto argument = std::make_shared<int>(7);
    pool.submit([&] {
            const auto inner = pool.submit([](const std::shared_ptr<int>&) {}, argument);
            EXPECT_EQ(argument.use_count(), 2);
            EXPECT_TRUE(inner.cancel());
            EXPECT_EQ(argument.use_count(), 1) << "at once, though its place is still there";
        })
        .result();
    let_go.open();
}

// As long as it finds the line in use for next to nothing.
TEST(line_patience_test, grows_where_the_line_is_in_use_for_nothing_and_goes_again) {
    if (concur::platform::spin_limit() == 0) GTEST_SKIP() << "nobody else could use it meanwhile";
    concur::line_patience patience;
    EXPECT_FALSE(patience.any());
    patience.learn(true, 0);
    EXPECT_FALSE(patience.any());
    for (const bool by_many : {false, true}) {
        for (int i = 0; i < 20; ++i) patience.learn(false, 0);
        EXPECT_TRUE(patience.any());
        for (int i = 0; i < 100; ++i) patience.learn(true, by_many ? 31 : 0);
        EXPECT_FALSE(patience.any()) << by_many;
    }
}

}  // namespace
