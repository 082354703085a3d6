// What can be said of one task: a time, a priority, a name; and how many may wait.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/wait.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/until.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <gtest/gtest.h>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using concur::future;
using concur::overflow;
using concur::queue_full;
using concur::thread_pool_executor;
using concur::timeout_error;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using support::until;
using namespace std::chrono_literals;

namespace {

// A pool of one whose worker stands before a door, so that what is submitted waits.
struct held_pool {
    explicit held_pool(concur::thread_pool_options options) : pool((options.max_workers = 1, std::move(options))) {
        pool.submit([this] { door.wait(); });
        door.until_came(1);
    }
    ~held_pool() { door.open(); }

    gate door;
    thread_pool_executor pool;
};

// What `fn` returns, given a time so long that a worker starts it, and as short as can be.
template <class F>
auto started_in_time(F fn) {
    thread_pool_executor pool{1};
    for (auto t = 10ms;; t *= 4) {
        try {
            return pool.submit({.timeout = t}, fn).result(2 * long_enough);
        } catch (const timeout_error&) {
            if (t > long_enough) throw;
        }
    }
}

std::string text_of(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& x) {
        return x.what();
    }
}

}  // namespace

TEST(thread_pool_executor_test, a_task_that_does_not_start_in_its_time_fails_with_timeout_error) {
    held_pool held({});
    std::atomic<bool> ran{false};
    auto f = held.pool.submit({.timeout = 10ms, .name = "parse the file"}, [&] { ran = true; });
    ASSERT_TRUE(f.wait_for(long_enough));
    EXPECT_THROW(f.result(), timeout_error);
    EXPECT_FALSE(f.cancelled());
    EXPECT_NE(text_of(f.exception()).find("'parse the file'"), std::string::npos) << text_of(f.exception());
    held.door.open();
    held.pool.shutdown();
    EXPECT_FALSE(ran);
}

TEST(thread_pool_executor_test, a_task_that_runs_when_its_time_is_over_is_asked_to_stop) {
    const auto until_stopped = [](std::stop_token stop) { return until([&] { return stop.stop_requested(); }); };
    EXPECT_TRUE(started_in_time(until_stopped));
}

TEST(thread_pool_executor_test, a_task_that_keeps_its_time_is_left_alone) {
    thread_pool_executor pool{1};
    for (int i = 0; i < 100; ++i) {
        auto f = pool.submit({.timeout = 1h}, [](std::stop_token stop) { return stop.stop_requested(); });
        EXPECT_FALSE(f.result());
    }
    for (const auto t : {std::chrono::nanoseconds::max(), std::chrono::nanoseconds{1h}})
        EXPECT_EQ(pool.submit({.timeout = t}, [] { return 1; }).result(), 1);
}

TEST(thread_pool_executor_test, a_running_task_without_a_token_outlives_its_time) {
    const auto outlive = [] {
        std::this_thread::sleep_for(100ms);  // sleeps: until its time is over, if it was not long
        return 3;
    };
    EXPECT_EQ(started_in_time(outlive), 3);
}

TEST(thread_pool_executor_test, a_time_of_zero_or_less_is_over_before_the_task_can_start) {
    held_pool held({});
    std::atomic<bool> ran{false};
    auto zero = held.pool.submit({.timeout = 0s}, [&] { ran = true; });
    auto negative = held.pool.submit({.timeout = -1h}, [&] { ran = true; });
    EXPECT_THROW(zero.result(long_enough), timeout_error);
    EXPECT_THROW(negative.result(long_enough), timeout_error);
    EXPECT_FALSE(ran);
}

TEST(thread_pool_executor_test, a_time_of_zero_is_over_at_once_also_where_a_worker_is_free) {
    thread_pool_executor pool{1};
    std::atomic<int> ran{0};
    for (int i = 0; i < 50; ++i) pool.submit({.timeout = 0s}, [&] { ++ran; }).exception(long_enough);
    EXPECT_EQ(ran, 0);
}

TEST(thread_pool_executor_test, a_thousand_tasks_time_out_each_in_its_time) {
    held_pool held({});
    std::vector<future<void>> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back(held.pool.submit({.timeout = std::chrono::microseconds{(i * 37) % 1000}}, [] {}));
    const auto left = concur::wait(all, long_enough).not_done;
    EXPECT_TRUE(left.empty());
    for (auto& f : all) EXPECT_THROW(f.result(), timeout_error);
}

TEST(thread_pool_executor_test, higher_priority_goes_first_and_equals_in_order) {
    std::vector<int> order;
    {
        held_pool held({});
        const auto add = [&](int priority, int id) {
            held.pool.submit({.priority = priority}, [&order, id] { order.push_back(id); });
        };
        add(0, 10), add(-1, 20), add(5, 30), add(0, 11), add(INT_MIN, 40), add(5, 31), add(INT_MAX, 50);
        held.pool.submit([&] { order.push_back(12); });
    }
    EXPECT_EQ(order, (std::vector{50, 30, 31, 10, 11, 12, 20, 40}));
}

TEST(thread_pool_executor_test, with_overflow_fail_one_too_many_throws_queue_full_and_changes_nothing) {
    held_pool held({.max_pending = 2, .when_full = overflow::fail});
    auto a = held.pool.submit([] { return 1; });
    auto b = held.pool.submit([] { return 2; });
    try {
        held.pool.submit([] { return 3; });
        ADD_FAILURE() << "a third task was taken";
    } catch (const queue_full& e) {
        EXPECT_NE(std::string(e.what()).find("max_pending"), std::string::npos) << e.what();
    }
    held.door.open();
    EXPECT_EQ(a.result(long_enough) + b.result(long_enough), 3);
    EXPECT_EQ(held.pool.submit([] { return 4; }).result(long_enough), 4) << "there is room again";
}

TEST(thread_pool_executor_test, with_overflow_caller_runs_the_caller_runs_it_before_submit_returns) {
    held_pool held({.max_pending = 1, .when_full = overflow::caller_runs});
    auto queued = held.pool.submit([] { return std::this_thread::get_id(); });
    auto mine = held.pool.submit([] { return std::this_thread::get_id(); });
    ASSERT_TRUE(mine.done());
    EXPECT_EQ(mine.result(), std::this_thread::get_id());
    auto failed = held.pool.submit([] { throw 1; });
    EXPECT_THROW(failed.result(), int) << "its exception is the future's";
    held.door.open();
    EXPECT_NE(queued.result(long_enough), std::this_thread::get_id());
}

TEST(thread_pool_executor_test, with_overflow_discard_one_too_many_is_cancelled) {
    held_pool held({.max_pending = 1, .when_full = overflow::discard});
    std::atomic<bool> ran{false};
    auto queued = held.pool.submit([] { return 1; });
    auto dropped = held.pool.submit([&] { ran = true; });
    EXPECT_TRUE(dropped.cancelled());
    EXPECT_THROW(dropped.result(), concur::cancelled_error);
    held.door.open();
    EXPECT_EQ(queued.result(long_enough), 1);
    held.pool.shutdown();
    EXPECT_FALSE(ran);
}

TEST(thread_pool_executor_test, with_overflow_block_submitters_go_on_in_the_order_they_came) {
    constexpr int submitters = 5;
    std::vector<int> order;
    {
        held_pool held({.max_pending = 1});
        held.pool.submit([] {});
        std::vector<std::jthread> threads;
        for (int i = 0; i < submitters; ++i) {
            std::atomic<int> id{0};
            threads.emplace_back([&held, &order, &id, i] {
                id = support::this_thread_id();
                held.pool.submit([&order, i] { order.push_back(i); });
            });
            while (id == 0) std::this_thread::yield();
            ASSERT_TRUE(support::until_asleep(id)) << "submit did not wait for room";
        }
        EXPECT_TRUE(order.empty());
        held.door.open();
        threads.clear();
    }
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(thread_pool_executor_test, a_submitter_that_waits_for_room_is_let_go_by_shutdown) {
    for (const bool cancel : {false, true}) {
        held_pool held({.max_pending = 1});
        held.pool.submit([] {});
        std::atomic<int> id{0};
        std::atomic<bool> refused{false};
        std::jthread submitter([&] {
            id = support::this_thread_id();
            try {
                held.pool.submit([] {});
            } catch (const concur::executor_shutdown&) {
                refused = true;
            }
        });
        while (id == 0) std::this_thread::yield();
        ASSERT_TRUE(support::until_asleep(id));
        held.pool.shutdown({.wait = false, .cancel_futures = cancel});
        submitter.join();
        EXPECT_TRUE(refused);
    }
}

TEST(thread_pool_executor_test, a_worker_that_finds_its_own_pool_full_does_not_wait_for_room) {
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 1}};
    auto f = pool.submit([&] {
        std::vector<future<int>> all;
        for (int i = 0; i < 5; ++i) all.push_back(pool.submit([i] { return i; }));
        int sum = 0;
        for (auto& each : all) sum += each.result();
        return sum;
    });
    EXPECT_EQ(f.result(long_enough), 10);
}

TEST(thread_pool_executor_test, tasks_that_were_helped_or_cancelled_take_no_room) {
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 1, .when_full = overflow::fail}};
    auto helped = pool.submit([&] {
        int sum = 0;
        for (int i = 0; i < 3; ++i) sum += pool.submit([i] { return i; }).result();
        return sum;
    });
    EXPECT_EQ(helped.result(long_enough), 3);
    held_pool held({.max_pending = 1, .when_full = overflow::fail});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(held.pool.submit([] {}).cancel());
}

TEST(thread_pool_executor_test, a_bounded_pool_takes_all_work_of_many_submitters) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{{.max_workers = 2, .max_pending = 3}};
        std::vector<std::jthread> submitters;
        for (int t = 0; t < 4; ++t)
            submitters.emplace_back([&] {
                for (int i = 0; i < 500; ++i) pool.submit([&] { ++ran; });
            });
    }
    EXPECT_EQ(ran, 2000);
}

TEST(thread_pool_executor_test, map_keeps_to_max_pending_too) {
    thread_pool_executor pool{{.max_workers = 2, .max_pending = 2}};
    std::vector<int> items(100, 1);
    int sum = 0;
    for (const int n : pool.map([](int n) { return n; }, items)) sum += n;
    EXPECT_EQ(sum, 100);
}
