// submit, cancel and shutdown through executor&, the same on threads and on processes.
#include "executors/interface.hpp"

#include "concur/core/error.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/reports.hpp"

#include <atomic>
#include <chrono>
#include <climits>
#include <gtest/gtest.h>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using concur::executor;
using concur::executor_shutdown;
using concur::future;
using concur::timeout_error;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using tasks::come_to;
using tasks::same;
using tasks::wait_at;
using namespace std::chrono_literals;

TYPED_TEST_SUITE(executor_interface_test, executor_kinds, executor_kind_names);

TYPED_TEST(executor_interface_test, submit_gives_a_future_of_what_the_function_returns) {
    executor& pool = this->of(2);
    EXPECT_EQ(pool.submit(same, 4).result(long_enough), 4);
    EXPECT_EQ(pool.submit([](const std::string& s, int n) { return s + std::to_string(n); }, "text", 1).result(),
              "text1");
    EXPECT_EQ(pool.submit({.name = "named"}, same, 5).result(), 5);
    pool.submit([] {}).result();
    EXPECT_EQ(*pool.submit([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(6)).result(), 6);
}

TYPED_TEST(executor_interface_test, a_call_that_can_travel_nowhere_runs_on_threads_and_is_a_pickling_error_elsewhere) {
    executor& pool = this->of(1);
    int here = 1;
    const auto f = pool.submit([&here] { return ++here; });
    if (pool.remote() == nullptr) {
        EXPECT_EQ(f.result(long_enough), 2);
        return;
    }
    EXPECT_TRUE(f.done()) << "at submit";
    const auto e = ended_with<concur::pickling_error>(f);
    EXPECT_NE(std::string(e.what()).find("lambda"), std::string::npos) << e.what();
    EXPECT_EQ(here, 1);
    EXPECT_EQ(pool.submit(same, 3).result(long_enough), 3);
}

// fact 60
TYPED_TEST(executor_interface_test, what_a_task_throws_comes_out_of_its_future_and_the_pool_lives_on) {
    executor& pool = this->of(1);
    EXPECT_THROW(pool.submit([] { throw std::out_of_range("far"); }).result(long_enough), std::out_of_range);
    EXPECT_THROW(pool.submit([] { throw concur::timeout_error(); }).result(long_enough), timeout_error);
    EXPECT_NE(pool.submit([]() -> int { throw 7; }).exception(long_enough), nullptr);
    auto f = pool.submit([] { throw concur::cancelled_error(); });
    f.wait();
    EXPECT_FALSE(f.cancelled());
    EXPECT_EQ(pool.submit(same, 2).result(long_enough), 2);
}

// fact 16
TYPED_TEST(executor_interface_test, result_may_be_called_again_and_gives_the_same_object) {
    executor& pool = this->of(1);
    const auto f = pool.submit([] { return std::string("kept"); });
    EXPECT_EQ(&f.result(long_enough), &f.result());
    const auto fails = pool.submit([] { throw std::out_of_range("kept"); });
    EXPECT_EQ(fails.exception(long_enough), fails.exception());
}

// fact 8
TYPED_TEST(executor_interface_test, what_has_not_started_can_be_cancelled_and_what_runs_can_not) {
    executor& pool = this->of(1);
    const process_gate gate;
    const auto runs = pool.submit(wait_at, gate.door);
    const auto waits = pool.submit(come_to, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    EXPECT_TRUE(runs.running());
    EXPECT_FALSE(runs.cancel());
    EXPECT_FALSE(waits.running());
    EXPECT_TRUE(waits.cancel());
    EXPECT_TRUE(waits.cancel());
    EXPECT_TRUE(waits.cancelled() && waits.done());
    EXPECT_THROW(waits.result(), concur::cancelled_error);
    gate.door.open();
    EXPECT_EQ(runs.result(long_enough), 1);
    EXPECT_FALSE(runs.cancel());
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 1U);
}

// fact 10
TYPED_TEST(executor_interface_test, cancel_wakes_who_waits) {
    executor& pool = this->of(1);
    const process_gate gate;
    pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto f = pool.submit(same, 1);
    std::atomic<bool> told{false};
    std::jthread waiter([&] {
        try {
            f.result(long_enough);
        } catch (const concur::cancelled_error&) {
            told = true;
        }
    });
    EXPECT_TRUE(f.cancel());
    waiter.join();
    EXPECT_TRUE(told);
}

// fact 11
TYPED_TEST(executor_interface_test, a_time_of_zero_or_less_polls) {
    executor& pool = this->of(1);
    const process_gate gate;
    const auto f = pool.submit(wait_at, gate.door);
    for (const auto t : {0ms, -5ms}) {
        EXPECT_THROW(f.result(t), timeout_error);
        EXPECT_FALSE(f.wait_for(t));
    }
    gate.door.open();
    f.wait();
    EXPECT_EQ(f.result(0s), 1);
}

TYPED_TEST(executor_interface_test, a_task_that_takes_a_stop_token_is_asked_to_stop) {
    executor& pool = this->of(1);
    const process_gate gate;
    const auto heed = [](std::stop_token stop, const door& d) {
        d.come();
        while (!stop.stop_requested()) std::this_thread::yield();
        return 5;
    };
    const auto f = pool.submit(heed, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    EXPECT_TRUE(f.request_stop());
    EXPECT_EQ(f.result(long_enough), 5);
    EXPECT_FALSE(f.request_stop()) << "it is done";
    EXPECT_FALSE(pool.submit([] {}).request_stop()) << "it has no token";
}

TYPED_TEST(executor_interface_test, stop_may_be_asked_for_before_the_task_starts) {
    executor& pool = this->of(1);
    const process_gate gate;
    pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<future<bool>> all;
    for (int i = 0; i < 8; ++i) all.push_back(pool.submit([](std::stop_token stop) { return stop.stop_requested(); }));
    for (std::size_t i = 0; i < all.size(); i += 2) EXPECT_TRUE(all[i].request_stop()) << i;
    gate.door.open();
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].result(long_enough), i % 2 == 0) << i;
}

TYPED_TEST(executor_interface_test, a_task_that_does_not_start_in_its_time_fails_with_timeout_error) {
    executor& pool = this->of(1);
    const process_gate gate;
    pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const auto late = pool.submit({.timeout = 5ms, .name = "parse the file"}, come_to, gate.door);
    const auto never = pool.submit({.timeout = 0s}, come_to, gate.door);
    EXPECT_NE(std::string(ended_with<timeout_error>(late).what()).find("'parse the file'"), std::string::npos);
    ended_with<timeout_error>(never);
    gate.door.open();
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 1U);
}

TYPED_TEST(executor_interface_test, a_task_that_heeds_its_token_when_its_time_is_over_has_its_own_result) {
    executor& pool = this->of(1);
    const auto heed = [](std::stop_token stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        return 5;
    };
    pool.submit(same, 1).result(long_enough);  // a worker is there
    EXPECT_EQ(pool.submit({.timeout = 100ms}, heed).result(long_enough), 5);
}

TYPED_TEST(executor_interface_test, higher_priority_goes_first_and_equals_in_order) {
    executor& pool = this->of(1);
    const process_gate gate, order;
    pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<std::pair<unsigned, future<unsigned>>> all;
    const auto add = [&](int priority, unsigned place) {
        all.emplace_back(place, pool.submit({.priority = priority}, come_to, order.door));
    };
    add(0, 4), add(-1, 6), add(5, 2), add(0, 5), add(5, 3), add(INT_MIN, 7), add(INT_MAX, 1);
    gate.door.open();
    for (const auto& [place, f] : all) EXPECT_EQ(f.result(long_enough), place);
}

// fact 1
TYPED_TEST(executor_interface_test, callbacks_run_once_with_the_future_in_the_order_they_were_added) {
    executor& pool = this->of(1);
    const process_gate gate;
    std::vector<int> order;
    const auto f = pool.submit(wait_at, gate.door);
    for (int i = 0; i < 5; ++i)
        f.add_done_callback([&order, i](const future<int>& done) { order.push_back(done.result() + i); });
    gate.door.open();
    pool.shutdown();
    EXPECT_EQ(order, (std::vector{1, 2, 3, 4, 5}));
}

// fact 34
TYPED_TEST(executor_interface_test, submit_after_shutdown_throws_executor_shutdown) {
    executor& pool = this->of(1);
    pool.submit(same, 1);
    pool.shutdown();
    EXPECT_THROW(pool.submit(same, 1), executor_shutdown);
    EXPECT_THROW(pool.submit({.name = "late"}, same, 1), executor_shutdown);
    EXPECT_THROW(pool.map(same, std::vector{1}), executor_shutdown);
}

// facts 48, 51
TYPED_TEST(executor_interface_test, shutdown_waits_for_fifty_queued_short_tasks_and_may_be_called_again) {
    executor& pool = this->of(3);
    const process_gate gate;
    std::vector<future<unsigned>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(come_to, gate.door));
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 50U);
    for (const auto& f : all) EXPECT_TRUE(f.done() && !f.cancelled());
    pool.shutdown();
    pool.shutdown({.wait = false, .cancel_futures = true});
}

// fact 49
TYPED_TEST(executor_interface_test, shutdown_with_cancel_futures_cancels_what_has_not_started) {
    executor& pool = this->of(3);
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(wait_at, gate.door));
    ASSERT_TRUE(gate.door.until_came(3));
    pool.shutdown({.wait = false, .cancel_futures = true});
    gate.door.open();
    pool.shutdown();
    int cancelled = 0;
    for (const auto& f : all) {
        ASSERT_TRUE(f.done());
        cancelled += f.cancelled();
    }
    EXPECT_EQ(cancelled, 47);
}

// fact 50
TYPED_TEST(executor_interface_test, shutdown_without_wait_returns_at_once_and_the_work_is_finished) {
    executor& pool = this->of(2);
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit(wait_at, gate.door));
    ASSERT_TRUE(gate.door.until_came(2));
    pool.shutdown({.wait = false});
    EXPECT_THROW(pool.submit(same, 1), executor_shutdown);
    gate.door.open();
    for (const auto& f : all) EXPECT_EQ(f.result(long_enough), 1);
}

// fact 53
TYPED_TEST(executor_interface_test, submit_then_cancel_immediately_before_shutdown_does_not_hang) {
    for (int i = 0; i < 10; ++i) {
        executor& pool = this->of(1);
        const auto f = pool.submit(same, 1);
        const bool cancelled = f.cancel();
        pool.shutdown();
        EXPECT_EQ(cancelled, f.cancelled());
        EXPECT_TRUE(f.done());
    }
}

// fact 54
TYPED_TEST(executor_interface_test, dropping_a_pool_with_work_queued_completes_the_work) {
    const process_gate gate;
    executor& pool = this->of(2);
    std::vector<future<unsigned>> all;
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit(come_to, gate.door));
    this->drop();
    for (const auto& f : all) EXPECT_TRUE(f.done());
    EXPECT_EQ(gate.door.came(), 20U);
}

TYPED_TEST(executor_interface_test, an_exception_that_nobody_reads_is_reported_with_the_tasks_name) {
    const support::reports seen;
    executor& pool = this->of(1);
    pool.submit({.name = "forgotten"}, [] { throw std::out_of_range("nobody looks"); });
    this->drop();
    ASSERT_EQ(seen.count(), 1U);
    EXPECT_NE(seen.lines().front().find("'forgotten'"), std::string::npos) << seen.lines().front();
}
