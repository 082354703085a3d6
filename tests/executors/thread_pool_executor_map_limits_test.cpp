// map: within a time, within a window, and given up early.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/gate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using concur::map_options;
using concur::thread_pool_executor;
using concur::timeout_error;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using namespace std::chrono_literals;

namespace {

int squared(int n) { return n * n; }

std::vector<int> up_to(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

template <class Range>
std::vector<int> read_all(Range&& range) {
    std::vector<int> all;
    for (auto&& item : range) all.push_back(item);
    return all;
}

// Numbers from 0 on; tells how many were read.
auto counted_numbers(std::atomic<int>& read, int end) {
    return std::views::iota(0, end) | std::views::transform([&read](int n) { return ++read, n; });
}

}  // namespace

// fact 38
TEST(thread_pool_executor_test, a_map_that_times_out_still_delivers_what_was_finished_earlier) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    auto results = pool.map({.timeout = 500ms}, [&](int n) { return n == 2 ? (door.wait(), n) : n; }, up_to(4));
    std::vector<int> got;
    auto at = results.begin();
    const auto go_on = [&] {
        for (; at != results.end(); ++at) got.push_back(*at);
    };
    EXPECT_THROW(go_on(), timeout_error);
    EXPECT_EQ(got, (std::vector{0, 1}));
}

// fact 38
TEST(thread_pool_executor_test, the_timeout_of_a_map_counts_from_the_call_for_all_items_together) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    const auto begin = std::chrono::steady_clock::now();
    auto results = pool.map({.timeout = 100ms}, squared, up_to(3));
    auto at = results.begin();
    EXPECT_THROW(static_cast<void>(*at), timeout_error);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
    EXPECT_THROW(static_cast<void>(*at), timeout_error) << "it stays so";
    EXPECT_TRUE(++at == results.end()) << "that was the end";
}

// fact 38
TEST(thread_pool_executor_test, results_that_are_there_are_read_after_the_time_is_over) {
    thread_pool_executor pool{2};
    auto results = pool.map({.timeout = 1ms}, squared, up_to(5));
    pool.shutdown();
    std::this_thread::sleep_for(5ms);  // sleeps: until the time-out is over
    EXPECT_EQ(read_all(results), (std::vector{0, 1, 4, 9, 16}));
}

TEST(thread_pool_executor_test, a_timeout_of_zero_or_less_polls) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    for (const auto t : {0ms, -1ms, std::chrono::milliseconds::min()}) {
        auto results = pool.map({.timeout = t}, squared, up_to(2));
        EXPECT_THROW(static_cast<void>(*results.begin()), timeout_error);
    }
}

TEST(thread_pool_executor_test, a_timeout_too_long_for_the_clock_never_comes) {
    thread_pool_executor pool{1};
    const auto most = std::chrono::hours::max();
    EXPECT_EQ(read_all(pool.map({.timeout = most}, squared, up_to(3))), (std::vector{0, 1, 4}));
    const auto endless = std::chrono::duration<double>(std::numeric_limits<double>::infinity());
    EXPECT_EQ(read_all(pool.map({.timeout = endless, .buffersize = 1}, squared, up_to(3))), (std::vector{0, 1, 4}));
}

// fact 39
TEST(thread_pool_executor_test, when_a_map_times_out_the_rest_is_cancelled_and_never_starts) {
    for (const bool ordered : {true, false}) {
        std::atomic<int> started{0};
        gate here;
        thread_pool_executor pool{1};
        const opened_at_end guard(here);
        auto results = pool.map({.timeout = 20ms, .ordered = ordered}, [&](int) { ++started, here.wait(); }, up_to(10));
        ASSERT_TRUE(here.until_came(1));
        EXPECT_THROW(static_cast<void>(*results.begin()), timeout_error);
        here.open();
        pool.shutdown();
        EXPECT_EQ(started, 1) << "ordered: " << ordered;
    }
}

// fact 40
TEST(thread_pool_executor_test, destroying_the_range_cancels_what_has_not_started) {
    for (const bool ordered : {true, false}) {
        std::atomic<int> started{0};
        gate door;
        thread_pool_executor pool{1};
        const opened_at_end guard(door);
        {
            auto dropped = pool.map({.ordered = ordered}, [&](int) { ++started, door.wait(); }, up_to(10));
            ASSERT_TRUE(door.until_came(1));
        }
        door.open();
        pool.shutdown();
        EXPECT_EQ(started, 1) << "ordered: " << ordered;
    }
}

// fact 40
TEST(thread_pool_executor_test, leaving_the_loop_early_cancels_what_has_not_started) {
    std::atomic<int> started{0};
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    const auto fn = [&](int n) { return ++started, n == 1 ? (door.wait(), n) : n; };
    for (const int n : pool.map(fn, up_to(10))) {
        EXPECT_EQ(n, 0);
        ASSERT_TRUE(door.until_came(1));
        break;
    }
    door.open();
    pool.shutdown();
    EXPECT_EQ(started, 2);
}

// fact 41
TEST(thread_pool_executor_test, a_timeout_error_thrown_by_an_item_is_that_items_error) {
    thread_pool_executor pool{2};
    for (const map_options& options : {map_options{}, map_options{.timeout = 1h}, map_options{.chunksize = 2}}) {
        auto results =
            pool.map(options, [](int n) { return n == 1 ? throw timeout_error("the item's own") : n; }, up_to(4));
        std::vector<int> good;
        int bad = 0;
        for (auto at = results.begin(); at != results.end(); ++at) {
            try {
                good.push_back(*at);
            } catch (const timeout_error& e) {
                EXPECT_STREQ(e.what(), "the item's own");
                ++bad;
            }
        }
        EXPECT_EQ(good, (std::vector{0, 2, 3}));
        EXPECT_EQ(bad, 1);
    }
}

TEST(thread_pool_executor_test, zero_or_negative_sizes_of_a_map_are_rejected_before_anything_is_read) {
    thread_pool_executor pool{1};
    std::atomic<int> read{0};
    for (const long size : {0L, -1L, std::numeric_limits<long>::min()}) {
        EXPECT_THROW(pool.map({.chunksize = size}, squared, counted_numbers(read, 3)), std::invalid_argument);
        EXPECT_THROW(pool.map({.buffersize = size}, squared, counted_numbers(read, 3)), std::invalid_argument);
    }
    EXPECT_EQ(read, 0);
    try {
        pool.map({.chunksize = -3}, squared, up_to(1));
    } catch (const std::invalid_argument& e) {
        EXPECT_NE(std::string(e.what()).find("chunksize is -3"), std::string::npos) << e.what();
    }
}

TEST(thread_pool_executor_test, without_a_buffersize_all_of_the_input_is_read_at_once) {
    thread_pool_executor pool{1};
    std::atomic<int> read{0};
    auto results = pool.map(squared, counted_numbers(read, 100));
    EXPECT_EQ(read, 100);
}

TEST(thread_pool_executor_test, a_buffersize_bounds_what_is_read_and_started_and_not_yet_consumed) {
    for (const bool ordered : {true, false})
        for (const long chunk : {1L, 2L, 7L}) {
            constexpr long window = 5;
            thread_pool_executor pool{3};
            std::atomic<int> read{0}, started{0};
            int consumed = 0, most = 0;
            auto results = pool.map(
                {.chunksize = chunk, .buffersize = window, .ordered = ordered}, [&](int n) { return ++started, n; },
                counted_numbers(read, 60));
            for (auto at = results.begin(); at != results.end(); ++at, ++consumed) {
                static_cast<void>(*at);
                most = std::max({most, read - consumed, started - consumed});
            }
            EXPECT_EQ(consumed, 60);
            EXPECT_LE(most, window) << "chunks of " << chunk;
            EXPECT_GE(most, 2) << "something is under way while one is read";
        }
}

TEST(thread_pool_executor_test, a_buffersize_of_one_and_a_huge_one_work) {
    thread_pool_executor pool{2};
    const auto expected = read_all(pool.map(squared, up_to(20)));
    EXPECT_EQ(read_all(pool.map({.buffersize = 1}, squared, up_to(20))), expected);
    EXPECT_EQ(read_all(pool.map({.chunksize = 4, .buffersize = 1}, squared, up_to(20))), expected);
    const long most = std::numeric_limits<long>::max();
    EXPECT_EQ(read_all(pool.map({.chunksize = most, .buffersize = most}, squared, up_to(20))), expected);
}

TEST(thread_pool_executor_test, a_buffersize_lets_map_read_an_endless_input) {
    thread_pool_executor pool{2};
    int sum = 0;
    for (const int n : pool.map({.chunksize = 3, .buffersize = 8}, squared, std::views::iota(0))) {
        if (n > 100) break;
        sum += n;
    }
    EXPECT_EQ(sum, 385);
}

TEST(thread_pool_executor_test, without_order_results_come_as_they_finish) {
    gate door;
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    auto results = pool.map({.ordered = false}, [&](int n) { return n == 0 ? (door.wait(), n) : n; }, up_to(4));
    std::vector<int> got;
    for (const int n : results) {
        got.push_back(n);
        if (got.size() == 3) door.open();
    }
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got.back(), 0) << "the one that took longest";
    EXPECT_EQ(std::set<int>(got.begin(), got.end()), (std::set{0, 1, 2, 3}));
}

TEST(thread_pool_executor_test, without_order_errors_and_chunks_come_too_each_once) {
    thread_pool_executor pool{3};
    const auto fn = [](int n) { return n % 5 == 0 ? throw n : n; };
    for (const long chunk : {1L, 4L}) {
        auto results = pool.map({.chunksize = chunk, .buffersize = 16, .ordered = false}, fn, up_to(50));
        std::multiset<int> got;
        for (auto at = results.begin(); at != results.end(); ++at) {
            try {
                got.insert(*at);
            } catch (int n) {
                got.insert(n);
            }
        }
        EXPECT_EQ(got.size(), 50U);
        EXPECT_EQ(std::set<int>(got.begin(), got.end()).size(), 50U);
    }
}

TEST(thread_pool_executor_test, items_whose_task_was_cancelled_by_shutdown_say_so_and_the_others_are_there) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    auto results = pool.map([&](int n) { return n == 0 ? (door.wait(), n) : n; }, up_to(4));
    ASSERT_TRUE(door.until_came(1));
    pool.shutdown({.wait = false, .cancel_futures = true});
    door.open();
    auto at = results.begin();
    EXPECT_EQ(*at, 0);
    for (int i = 1; i < 4; ++i) {
        ++at;
        EXPECT_THROW(static_cast<void>(*at), concur::cancelled_error);
    }
    EXPECT_TRUE(++at == results.end());
}

TEST(thread_pool_executor_test, map_after_shutdown_throws_executor_shutdown) {
    thread_pool_executor pool{1};
    pool.shutdown();
    EXPECT_THROW(pool.map(squared, up_to(3)), concur::executor_shutdown);
}

TEST(thread_pool_executor_test, a_shutdown_in_the_midst_of_a_buffered_map_is_seen_where_more_is_asked_for) {
    thread_pool_executor pool{1};
    auto results = pool.map({.buffersize = 2}, squared, up_to(10));
    pool.shutdown();
    auto at = results.begin();
    EXPECT_EQ(*at, 0);
    EXPECT_THROW(++at, concur::executor_shutdown);
}
