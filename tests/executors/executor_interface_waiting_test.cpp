// map, and waiting in every way, through executor&: the same on threads and on processes.
#include "executors/interface.hpp"

#include "concur/core/error.hpp"
#include "concur/futures.hpp"
#include "support/coroutine.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using concur::executor;
using concur::future;
using concur::return_when;
using concur::timeout_error;
using support::door;
using support::long_enough;
using support::process_gate;
using tasks::come_to;
using tasks::same;
using tasks::wait_at;
using namespace std::chrono_literals;

TYPED_TEST_SUITE(executor_interface_test, executor_kinds, executor_kind_names);

namespace {

std::vector<int> up_to(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

template <class Range>
auto gathered(Range&& range) {
    using value = typename decltype(range.begin())::value_type;
    std::vector<value> all;
    for (auto&& item : range) all.push_back(std::move(item));
    return all;
}

int twice(int n) { return 2 * n; }

// Numbers 0 to 4, and then an exception.
auto numbers_that_end_badly() {
    return std::views::iota(0, 10) |
           std::views::transform([](int n) { return n < 5 ? n : throw std::runtime_error("the input ends badly"); });
}

support::task_coroutine<int> awaited(executor& pool) {
    const int a = co_await pool.submit(same, 3);
    co_return a + co_await pool.submit(same, 4);
}

}  // namespace

TYPED_TEST(executor_interface_test, map_gives_every_result_in_input_order) {
    executor& pool = this->of(2);
    std::vector<int> expected = up_to(200);
    for (int& n : expected) n *= 2;
    EXPECT_EQ(gathered(pool.map(twice, up_to(200))), expected);
    EXPECT_EQ(gathered(pool.map({.chunksize = 7}, twice, up_to(200))), expected);
    EXPECT_EQ(gathered(pool.map({.chunksize = 3, .buffersize = 9}, twice, up_to(200))), expected);
    auto as_they_came = gathered(pool.map({.ordered = false}, twice, up_to(200)));
    std::ranges::sort(as_they_came);
    EXPECT_EQ(as_they_came, expected);
}

// fact 36
TYPED_TEST(executor_interface_test, map_ends_with_the_shortest_range) {
    executor& pool = this->of(2);
    EXPECT_EQ(gathered(pool.map(std::plus<>{}, up_to(3), up_to(9))), (std::vector{0, 2, 4}));
    EXPECT_TRUE(gathered(pool.map(std::plus<>{}, up_to(3), std::vector<int>())).empty());
    EXPECT_TRUE(gathered(pool.map(twice, std::vector<int>())).empty());
}

// fact 37
TYPED_TEST(executor_interface_test, an_input_that_throws_is_thrown_by_map_and_what_was_submitted_runs_on) {
    executor& pool = this->of(2);
    const process_gate gate;
    const auto come = [](int, const door& d) { d.come(); };
    EXPECT_THROW(pool.map(come, numbers_that_end_badly(), std::vector<door>(10, gate.door)), std::runtime_error);
    this->drop();
    EXPECT_EQ(gate.door.came(), 5U);
}

// facts 41, 42
TYPED_TEST(executor_interface_test, an_items_exception_is_its_own_and_the_next_can_be_read) {
    executor& pool = this->of(2);
    const auto fails = [](int n) {
        if (n == 1) throw std::out_of_range("one");
        if (n == 3) throw timeout_error("the item's own");
        return n;
    };
    for (const long chunk : {1L, 2L, 10L}) {
        auto results = pool.map({.timeout = long_enough, .chunksize = chunk}, fails, up_to(5));
        auto at = results.begin();
        EXPECT_EQ(*at, 0);
        ++at;
        EXPECT_THROW(*at, std::out_of_range);
        ++at;
        EXPECT_EQ(*at, 2);
        ++at;
        EXPECT_THROW(*at, timeout_error);
        ++at;
        EXPECT_EQ(*at, 4);
        ++at;
        EXPECT_TRUE(at == results.end());
    }
}

// facts 38, 39
TYPED_TEST(executor_interface_test, when_maps_time_is_over_what_has_not_started_never_does) {
    executor& pool = this->of(1);
    const process_gate gate;
    auto results = pool.map({.timeout = 100ms}, wait_at, std::vector<door>(10, gate.door));
    EXPECT_THROW(*results.begin(), timeout_error);
    gate.door.open();
    pool.shutdown();
    EXPECT_LE(gate.door.came(), 1U) << "the first, where its worker was there in time";
}

// fact 40
TYPED_TEST(executor_interface_test, dropping_the_results_of_map_cancels_what_has_not_started) {
    executor& pool = this->of(1);
    const process_gate gate;
    static_cast<void>(pool.map(wait_at, std::vector<door>(10, gate.door)));
    gate.door.open();
    pool.shutdown();
    EXPECT_LE(gate.door.came(), 1U);
}

// fact 35
TYPED_TEST(executor_interface_test, map_submits_all_work_even_if_nobody_reads_it) {
    executor& pool = this->of(2);
    const process_gate gate;
    auto results = pool.map(come_to, std::vector<door>(20, gate.door));
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 20U);
}

// fact 14
TYPED_TEST(executor_interface_test, a_cancelled_future_is_done_for_every_waiter) {
    executor& pool = this->of(1);
    const process_gate gate;
    pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    const std::vector all{pool.submit(same, 1), pool.submit(same, 2)};
    for (const auto& f : all) EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(concur::wait(all).not_done.empty());
    int seen = 0;
    for (const auto& f : concur::as_completed(all)) seen += f.cancelled();
    EXPECT_EQ(seen, 2);
}

// facts 23, 24, 25
TYPED_TEST(executor_interface_test, wait_tells_what_is_done_by_each_rule) {
    executor& pool = this->of(3);
    const process_gate gate;
    const auto fail = [](int) -> int { throw std::out_of_range("x"); };
    const std::vector all{pool.submit(wait_at, gate.door), pool.submit(same, 2)};
    EXPECT_EQ(concur::wait(all, long_enough, return_when::first_completed).done, std::vector{all[1]});
    EXPECT_EQ(concur::wait(all, 1ms).not_done, std::vector{all[0]});
    const std::vector failing{all[0], pool.submit(fail, 1)};
    EXPECT_EQ(concur::wait(failing, long_enough, return_when::first_exception).done, std::vector{failing[1]});
    gate.door.open();
    EXPECT_EQ(concur::wait(all, long_enough).done, all);
}

// fact 28
TYPED_TEST(executor_interface_test, as_completed_gives_what_is_done_first_and_then_the_rest) {
    executor& pool = this->of(2);
    const process_gate gate;
    std::vector all{pool.submit(wait_at, gate.door), pool.submit(same, 5)};
    std::vector<int> order;
    for (const auto& f : concur::as_completed(all, long_enough)) {
        order.push_back(f.result());
        gate.door.open();
    }
    EXPECT_EQ(order, (std::vector{5, 1}));
}

// fact 32
TYPED_TEST(executor_interface_test, futures_of_different_executors_may_be_mixed) {
    executor& pool = this->of(1);
    concur::thread_pool_executor threads{1};
    concur::process_pool_executor processes{1};
    concur::promise<int> by_hand;
    const std::vector all{pool.submit(same, 1), threads.submit(same, 2), processes.submit(same, 3),
                          by_hand.get_future()};
    by_hand.set_result(4);
    int sum = 0;
    for (const auto& f : concur::as_completed(all, long_enough)) sum += f.result();
    EXPECT_EQ(sum, 10);
    const auto [a, b] = concur::when_all(all[0], all[2]).result(long_enough);
    EXPECT_EQ(a.result() + b.result(), 4);
}

TYPED_TEST(executor_interface_test, then_goes_on_where_the_future_becomes_done_with_values_and_errors) {
    executor& pool = this->of(1);
    EXPECT_EQ(pool.submit(same, 1).then([](int n) { return n + 1; }).result(long_enough), 2);
    const auto flat = pool.submit(same, 1).then([&pool](int n) { return pool.submit(same, n + 2); });
    EXPECT_EQ(flat.result(long_enough), 3);
    const auto passed_by = pool.submit([]() -> int { throw std::out_of_range("x"); }).then([](int n) { return n; });
    EXPECT_THROW(passed_by.result(long_enough), std::out_of_range);
    const auto seen = pool.submit([]() -> int { throw std::out_of_range("x"); }).then([](const future<int>& f) {
        return f.exception() != nullptr;
    });
    EXPECT_TRUE(seen.result(long_enough));
}

TYPED_TEST(executor_interface_test, a_coroutine_awaits_futures_of_any_executor) {
    executor& pool = this->of(1);
    auto sum = awaited(pool);
    EXPECT_EQ(sum.result(), 7);
}

// fact 6
TYPED_TEST(executor_interface_test, result_returns_while_a_callback_still_runs) {
    executor& pool = this->of(1);
    const process_gate gate;
    support::gate blocks;
    const auto f = pool.submit(wait_at, gate.door);
    f.add_done_callback([&](const future<int>&) { blocks.wait(); });
    gate.door.open();
    EXPECT_EQ(f.result(long_enough), 1);
    EXPECT_TRUE(blocks.until_came(1));
    blocks.open();
    pool.shutdown();
}

TYPED_TEST(executor_interface_test, many_threads_may_use_one_executor) {
    executor& pool = this->of(2);
    std::atomic<int> sum{0};
    std::vector<std::jthread> users;
    for (int t = 0; t < 4; ++t)
        users.emplace_back([&] {
            for (int i = 0; i < 200; ++i) sum += pool.submit(same, 1).result(long_enough);
        });
    users.clear();
    EXPECT_EQ(sum, 800);
}
