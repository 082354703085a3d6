// Everything that is not running can be cancelled, wherever it lies.
#include "concur/core/error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::cancelled_error;
using concur::future;
using concur::process_pool_executor;
using support::door;
using support::long_enough;
using support::process_gate;

namespace {

int wait_at(const door& d) {
    d.wait();
    return 1;
}
void come_to(const door& d) { d.come(); }
int own_pid() { return ::getpid(); }

}  // namespace

// fact 86
TEST(process_pool_executor_test, of_six_tasks_and_one_worker_five_can_be_cancelled) {
    process_pool_executor pool{1};
    const process_gate gate, never;
    auto runs = pool.submit(wait_at, gate.door);
    std::vector<future<void>> others;
    for (int i = 0; i < 5; ++i) others.push_back(pool.submit(come_to, never.door));
    ASSERT_TRUE(gate.door.until_came(1));
    for (const auto& f : others) EXPECT_TRUE(f.cancel());
    EXPECT_FALSE(runs.cancel());
    EXPECT_TRUE(runs.running());
    gate.door.open();
    EXPECT_EQ(runs.result(long_enough), 1);
    pool.shutdown();
    EXPECT_EQ(never.door.came(), 0U) << "one that was cancelled has run";
}

// It has a ring full of them, since the tasks before were short.
TEST(process_pool_executor_test, what_was_sent_ahead_to_a_worker_can_be_cancelled_too) {
    process_pool_executor pool{1};
    for (int i = 0; i < 2'000; ++i) pool.submit([] {}).result(long_enough);
    const process_gate gate, never;
    auto runs = pool.submit(wait_at, gate.door);
    std::vector<future<void>> others;
    for (int i = 0; i < 200; ++i) others.push_back(pool.submit(come_to, never.door));
    ASSERT_TRUE(gate.door.until_came(1));
    for (std::size_t i = 0; i < others.size(); i += 2) EXPECT_TRUE(others[i].cancel()) << i;
    gate.door.open();
    pool.shutdown();
    for (std::size_t i = 0; i < others.size(); ++i) EXPECT_EQ(others[i].cancelled(), i % 2 == 0);
    EXPECT_EQ(never.door.came(), 100U);
}

TEST(process_pool_executor_test, a_cancelled_future_is_done_for_every_waiter_at_that_moment) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto runs = pool.submit(wait_at, gate.door);
    auto f = pool.submit(own_pid);
    ASSERT_TRUE(gate.door.until_came(1));
    EXPECT_FALSE(f.running());
    std::thread::id called_on;
    f.add_done_callback([&](const future<int>&) { called_on = std::this_thread::get_id(); });
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(called_on, std::this_thread::get_id()) << "its callbacks have run, and here";
    EXPECT_TRUE(f.done() && f.cancelled());
    EXPECT_EQ(concur::wait(std::vector{f}).done.size(), 1U);
    EXPECT_THROW(f.result(), cancelled_error);
    EXPECT_TRUE(f.cancel()) << "again";
}

TEST(process_pool_executor_test, a_thread_that_waits_in_result_is_woken_by_cancel) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto runs = pool.submit(wait_at, gate.door);
    auto f = pool.submit(own_pid);
    ASSERT_TRUE(gate.door.until_came(1));
    std::atomic<bool> told{false};
    std::jthread waiter([&] {
        try {
            f.result(long_enough);
        } catch (const cancelled_error&) {
            told = true;
        }
    });
    EXPECT_TRUE(f.cancel());
    waiter.join();
    EXPECT_TRUE(told);
}

TEST(process_pool_executor_test, a_task_and_its_cancellation_may_race_and_one_of_them_wins) {
    process_pool_executor pool{2};
    const process_gate gate;
    unsigned cancelled = 0;
    std::vector<future<void>> all;
    for (int i = 0; i < 2'000; ++i) {
        all.push_back(pool.submit(come_to, gate.door));
        if (i % 3 == 0) std::this_thread::yield();
        cancelled += all[all.size() - 1 - std::min(all.size() - 1, all.size() % 5)].cancel() ? 1U : 0U;
    }
    pool.shutdown();
    unsigned counted = 0;
    for (const auto& f : all) {
        ASSERT_TRUE(f.done());
        counted += f.cancelled() ? 1U : 0U;
        EXPECT_TRUE(f.cancelled() || f.exception() == nullptr);
    }
    EXPECT_LE(counted, cancelled);
    EXPECT_EQ(gate.door.came() + counted, 2'000U) << "each has run or was cancelled, and none both";
}

TEST(process_pool_executor_test, cancelled_tasks_with_large_arguments_leave_no_memory_behind) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto runs = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    for (int i = 0; i < 100; ++i) {
        auto f = pool.submit([](const std::string& s) { return s.size(); }, std::string(8'000'000, 'x'));
        ASSERT_TRUE(f.cancel());
    }
    gate.door.open();
    EXPECT_EQ(
        pool.submit([](const std::string& s) { return s.size(); }, std::string(8'000'000, 'x')).result(long_enough),
        8'000'000U);
}

TEST(process_pool_executor_test, dropping_a_future_neither_cancels_nor_waits) {
    const process_gate gate;
    {
        process_pool_executor pool{1};
        for (int i = 0; i < 10; ++i) pool.submit(come_to, gate.door);
    }
    EXPECT_EQ(gate.door.came(), 10U);
}

TEST(process_pool_executor_test, higher_priority_goes_first_and_equals_in_order) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto runs = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<std::pair<int, future<int>>> all;
    const auto next = [] {
        static int count = 0;
        return count++;
    };
    const auto add = [&](int priority, int place) {
        all.emplace_back(place, pool.submit({.priority = priority}, next));
    };
    add(0, 3), add(-1, 6), add(5, 1), add(0, 4), add(5, 2), add(100, 0), add(0, 5);
    gate.door.open();
    for (const auto& [place, f] : all) EXPECT_EQ(f.result(long_enough), place);
}

TEST(process_pool_executor_test, a_task_of_the_highest_priority_overtakes_what_waits_even_behind_a_busy_worker) {
    process_pool_executor pool{1};
    for (int i = 0; i < 2'000; ++i) pool.submit([] {}).result(long_enough);  // short: many are sent ahead
    const process_gate gate, order;
    auto runs = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto place = [](const door& d) { return d.come(); };
    std::vector<future<unsigned>> usual;
    for (int i = 0; i < 500; ++i) usual.push_back(pool.submit(place, order.door));
    auto urgent = pool.submit({.priority = 1}, place, order.door);
    gate.door.open();
    EXPECT_EQ(urgent.result(long_enough), 1U) << "what lies with the worker already comes after it";
}
