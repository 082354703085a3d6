// Waiting for futures of processes in every way, and callbacks of theirs.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/coroutine.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/reports.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::return_when;
using concur::thread_pool_executor;
using concur::timeout_error;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using namespace std::chrono_literals;

namespace {

int same(int n) { return n; }
int wait_at(const door& d) {
    d.wait();
    return 1;
}

support::task_coroutine<int> sum_of(process_pool_executor& pool) {
    const int a = co_await pool.submit(same, 1);
    const auto f = pool.submit(same, 2);
    const int b = co_await f;
    try {
        co_await pool.submit([] { throw std::out_of_range("in a coroutine"); });
    } catch (const std::out_of_range&) {
        co_return a + b;
    }
    co_return -1;
}

support::task_coroutine<std::string> move_through(process_pool_executor& pool) {
    auto f = pool.submit([] { return std::make_unique<std::string>("moved"); });
    const std::unique_ptr<std::string> p = co_await std::move(f);
    co_return *p;
}

}  // namespace

TEST(process_pool_executor_test, result_waits_as_long_as_it_is_told_and_the_task_goes_on) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto f = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    EXPECT_THROW(f.result(10ms), timeout_error);
    EXPECT_THROW(f.result(0s), timeout_error);
    EXPECT_THROW(f.exception(-1s), timeout_error);
    EXPECT_FALSE(f.wait_for(1ms));
    EXPECT_TRUE(f.running());
    EXPECT_FALSE(f.done());
    gate.door.open();
    EXPECT_EQ(f.result(long_enough), 1);
    EXPECT_FALSE(f.running());
    EXPECT_EQ(f.exception(), nullptr);
}

TEST(process_pool_executor_test, wait_tells_what_is_done_and_what_is_not) {
    process_pool_executor pool{2};
    const process_gate gate;
    const std::vector all{pool.submit(wait_at, gate.door), pool.submit(same, 2)};
    auto first = concur::wait(all, long_enough, return_when::first_completed);
    EXPECT_EQ(first.done, std::vector{all[1]});
    EXPECT_EQ(first.not_done, std::vector{all[0]});
    EXPECT_EQ(concur::wait(all, 5ms).not_done.size(), 1U);
    gate.door.open();
    EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty());
}

TEST(process_pool_executor_test, wait_for_the_first_exception_returns_when_a_worker_dies) {
    process_pool_executor pool{2};
    const process_gate gate;
    const auto die = [](int) -> int { std::raise(SIGKILL), std::abort(); };
    const std::vector all{pool.submit(wait_at, gate.door), pool.submit(die, 1)};
    EXPECT_EQ(concur::wait(all, long_enough, return_when::first_exception).done, std::vector{all[1]});
}

TEST(process_pool_executor_test, as_completed_gives_futures_of_threads_and_processes_as_they_come) {
    process_pool_executor pool{2};
    thread_pool_executor threads{1};
    const process_gate gate;
    std::vector<future<int>> all{pool.submit(wait_at, gate.door), threads.submit(same, 2), pool.submit(same, 3)};
    int seen = 0, sum = 0;
    for (auto& f : concur::as_completed(all, long_enough)) {
        sum += f.result();
        if (++seen == 2) gate.door.open();
    }
    EXPECT_EQ(sum, 6);
    EXPECT_EQ(seen, 3);
}

TEST(process_pool_executor_test, when_all_when_any_and_then_work_on_futures_of_processes) {
    process_pool_executor pool{2};
    auto [a, b] =
        concur::when_all(pool.submit(same, 1), pool.submit([] { return std::string("b"); })).result(long_enough);
    EXPECT_EQ(a.result(), 1);
    EXPECT_EQ(b.result(), "b");
    const process_gate gate;
    const std::vector some{pool.submit(wait_at, gate.door), pool.submit(same, 5)};
    EXPECT_EQ(concur::when_any(some).result(long_enough).index, 1U);
    gate.door.open();
    EXPECT_EQ(pool.submit(same, 4).then([](int n) { return n + 1; }).result(long_enough), 5);
    thread_pool_executor threads{1};
    EXPECT_EQ(pool.submit(same, 4).then(threads, [](int n) { return n + 2; }).result(long_enough), 6);
    const auto chained = pool.submit(same, 4).then([&pool](int n) { return pool.submit(same, n + 3); });
    EXPECT_EQ(chained.result(long_enough), 7) << "a task for each step";
    EXPECT_EQ(pool.submit(same, 4).then(pool, [](int n) { return n + 4; }).result(long_enough), 8);
}

TEST(process_pool_executor_test, then_runs_what_follows_in_a_worker) {
    process_pool_executor pool{1};
    const auto here = ::getpid();
    const auto pid = pool.submit(same, 1).then(pool, [](int) { return ::getpid(); });
    EXPECT_NE(pid.result(long_enough), here);
    auto moved = pool.submit([] { return std::make_unique<int>(5); })
                     .then(pool, [](std::unique_ptr<int> p) { return std::make_unique<int>(*p + 1); })
                     .then(pool, [](const std::unique_ptr<int>& p) { return *p; });
    EXPECT_EQ(moved.result(long_enough), 6) << "a value that only moves";
    auto mended =
        pool.submit([]() -> int { throw std::out_of_range("the first"); }).then(pool, [](const future<int>& f) {
            return f.exception() != nullptr ? -1 : f.result();
        });
    EXPECT_EQ(mended.result(long_enough), -1);
    auto dies = pool.submit(same, 1).then(pool, [](int) { std::raise(SIGKILL); });
    EXPECT_THROW(dies.result(long_enough), concur::worker_died);
    EXPECT_EQ(pool.submit(same, 4).then(pool, same).result(long_enough), 4) << "the pool goes on";
}

TEST(process_pool_executor_test, what_follows_can_be_cancelled_until_a_worker_has_begun_it) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto first = pool.submit(same, 1);
    first.wait();
    const auto holds = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto follows = first.then(pool, same);
    EXPECT_FALSE(follows.done());
    EXPECT_FALSE(follows.running());
    EXPECT_TRUE(follows.cancel());
    EXPECT_TRUE(follows.cancelled());
    gate.door.open();
    EXPECT_EQ(holds.result(long_enough), 1);
}

TEST(process_pool_executor_test, what_follows_is_cancelled_or_begun_at_whatever_moment) {
    process_pool_executor pool{2};
    const process_gate gate;
    unsigned ran = 0;
    for (int i = 0; i < 300; ++i) {
        const concur::promise<door> first;
        const auto follows = first.get_future().then(pool, [](const door& d) { return d.come(); });
        std::jthread setter([&] { first.set_result(gate.door); });
        for (int n = i; n > 0; --n) static_cast<void>(follows.done());
        if (!follows.cancel()) ran += follows.exception(long_enough) == nullptr ? 1 : 0;
    }
    EXPECT_EQ(gate.door.came(), ran);
}

TEST(process_pool_executor_test, a_coroutine_may_await_futures_of_processes) {
    process_pool_executor pool{1};
    auto sum = sum_of(pool);
    EXPECT_EQ(sum.result(), 3);
    auto moved = move_through(pool);
    EXPECT_EQ(moved.result(), "moved");
}

TEST(process_pool_executor_test, many_threads_may_wait_for_one_future_and_for_many) {
    process_pool_executor pool{2};
    const process_gate gate;
    const auto f = pool.submit(wait_at, gate.door);
    std::atomic<int> got{0};
    std::vector<std::jthread> waiters;
    for (int t = 0; t < 4; ++t)
        waiters.emplace_back([&] {
            got += f.result(long_enough);
            for (int i = 0; i < 200; ++i) got += pool.submit(same, 1).result(long_enough);
        });
    gate.door.open();
    waiters.clear();
    EXPECT_EQ(got, 4 * 201);
}

// facts 1, 3
TEST(process_pool_executor_test, a_callback_runs_once_whatever_comes_of_the_task) {
    process_pool_executor pool{1};
    const process_gate gate;
    std::atomic<int> values{0}, errors{0}, deaths{0}, cancels{0};
    auto held = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    held.add_done_callback([&](const future<int>& f) { values += f.result(); });
    auto fails = pool.submit([] { throw std::out_of_range("x"); });
    fails.add_done_callback([&](const future<void>& f) { errors += f.exception() != nullptr; });
    auto dies = pool.submit([] { std::raise(SIGKILL); });
    dies.add_done_callback([&](const future<void>& f) { deaths += f.exception() != nullptr; });
    auto dropped = pool.submit(same, 1);
    dropped.add_done_callback([&](const future<int>& f) { cancels += f.cancelled(); });
    EXPECT_TRUE(dropped.cancel());
    gate.door.open();
    pool.shutdown();
    EXPECT_EQ(values, 1);
    EXPECT_EQ(errors, 1);
    EXPECT_EQ(deaths, 1);
    EXPECT_EQ(cancels, 1);
    bool late = false;
    held.add_done_callback([&](const future<int>&) { late = true; });
    EXPECT_TRUE(late) << "it is done: here and now";
}

// fact 89
TEST(process_pool_executor_test, a_callback_that_blocks_does_not_stall_the_pool) {
    const process_gate gate;
    support::gate blocks;
    process_pool_executor pool{1};  // goes first: its callback is still on its way out of the gate
    auto held = pool.submit(wait_at, gate.door);
    held.add_done_callback([&](const future<int>&) { blocks.wait(); });
    gate.door.open();
    ASSERT_TRUE(blocks.until_came(1));
    for (int i = 0; i < 300; ++i) EXPECT_EQ(pool.submit(same, i).result(long_enough), i);
    ended_with<worker_died>(pool.submit([] { std::raise(SIGKILL); }));
    EXPECT_EQ(pool.submit(same, 1).result(long_enough), 1);
    blocks.open();
}

TEST(process_pool_executor_test, a_callback_may_submit_and_wait_for_what_it_has_submitted) {
    process_pool_executor pool{1};
    const process_gate gate;
    concur::promise<int> told;
    auto held = pool.submit(wait_at, gate.door);
    held.add_done_callback([&](const future<int>&) { told.set_result(pool.submit(same, 8).result(long_enough)); });
    gate.door.open();
    EXPECT_EQ(told.get_future().result(long_enough), 8);
}

TEST(process_pool_executor_test, a_chain_of_callbacks_that_each_submit_the_next_task_comes_to_its_end) {
    struct chain {
        process_pool_executor& pool;
        concur::promise<int> end;
        void step(int left) {
            if (left == 0) return end.set_result(0);
            pool.submit(same, left).add_done_callback([this](const future<int>& f) { step(f.result() - 1); });
        }
    };
    process_pool_executor pool{2};
    chain c{pool, {}};
    c.step(2'000);
    EXPECT_EQ(c.end.get_future().result(long_enough), 0);
}

// fact 2
TEST(process_pool_executor_test, what_a_callback_throws_reaches_the_hook_and_nobody_else) {
    const support::reports seen;
    process_pool_executor pool{1};
    const process_gate gate;
    auto held = pool.submit(wait_at, gate.door);
    std::atomic<bool> second{false};
    held.add_done_callback([](const future<int>&) { throw std::runtime_error("thrown by a callback"); });
    held.add_done_callback([&](const future<int>&) { second = true; });
    gate.door.open();
    EXPECT_EQ(held.result(long_enough), 1);
    EXPECT_EQ(pool.submit(same, 2).result(long_enough), 2);
    pool.shutdown();
    EXPECT_TRUE(second);
    EXPECT_EQ(seen.count(), 1U);
}

// fact 6
TEST(process_pool_executor_test, result_returns_while_a_callback_still_runs) {
    const process_gate gate;
    support::gate blocks;
    process_pool_executor pool{1};  // goes first: its callback is still on its way out of the gate
    auto held = pool.submit(wait_at, gate.door);
    held.add_done_callback([&](const future<int>&) { blocks.wait(); });
    gate.door.open();
    EXPECT_EQ(held.result(long_enough), 1);
    EXPECT_TRUE(blocks.until_came(1));
    blocks.open();
}

TEST(process_pool_executor_test, an_error_that_nobody_reads_is_reported) {
    const support::reports seen;
    {
        process_pool_executor pool{1};
        pool.submit({.name = "forgotten"}, [] { throw std::out_of_range("nobody looks"); });
    }
    ASSERT_EQ(seen.count(), 1U);
    EXPECT_NE(seen.lines().front().find("nobody looks"), std::string::npos) << seen.lines().front();
    EXPECT_NE(seen.lines().front().find("forgotten"), std::string::npos) << seen.lines().front();
}
