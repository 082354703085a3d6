#include "concur/futures/for_each.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <gtest/gtest.h>
#include <numeric>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <vector>

namespace {

using concur::for_each;
using concur::loop_options;
using concur::thread_pool_executor;
using support::gate;

TEST(for_each_test, calls_the_function_once_for_each_element) {
    for (const int workers : {1, 2, 5}) {
        thread_pool_executor pool(workers);
        for (const std::size_t n : {0u, 1u, 2u, 3u, 100u, 100'003u}) {
            std::vector<int> all(n);
            EXPECT_TRUE(for_each(pool, all, [](int& x) { ++x; }));
            EXPECT_TRUE(std::ranges::all_of(all, [](int x) { return x == 1; })) << workers << " " << n;
        }
    }
}

TEST(for_each_test, takes_any_range_with_places_that_can_be_counted) {
    thread_pool_executor pool(2);
    std::deque<int> queue(1000, 1);
    for_each(pool, queue, [](int& x) { x *= 2; });
    EXPECT_EQ(std::accumulate(queue.begin(), queue.end(), 0), 2000);
    int plain[] = {1, 2, 3};
    for_each(pool, plain, [](int& x) { x *= 2; });
    EXPECT_EQ(plain[2], 6);
    std::array<long, 4> some{};
    for_each(pool, std::span(some), [](long& x) { x = 5; });
    EXPECT_EQ(some[3], 5);
    std::atomic<int> sum{0};
    for_each(pool, std::vector<int>{1, 2, 3}, [&](const int& x) { sum += x; });
    EXPECT_EQ(sum, 6);
}

TEST(for_each_test, may_be_called_by_a_task_and_be_nested) {
    thread_pool_executor pool(3);
    std::vector<std::vector<int>> rows(50, std::vector<int>(200));
    const auto fill = [&] {
        for_each(pool, rows, [&](std::vector<int>& row) { for_each(pool, row, [](int& x) { ++x; }); });
    };
    pool.submit(fill).result();
    fill();
    for (const auto& row : rows) EXPECT_TRUE(std::ranges::all_of(row, [](int x) { return x == 2; }));
}

// Neither of the two elements can end without the other.
TEST(for_each_test, does_elements_side_by_side) {
    thread_pool_executor pool(2);
    std::array<gate, 2> gates;
    const std::array<std::size_t, 2> order{0, 1};
    for_each(pool, order, [&](std::size_t i) {
        gates[i].open();
        gates[1 - i].wait();
    });
}

TEST(for_each_test, allocates_nothing_inside_a_task) {
    thread_pool_executor pool(2);
    std::vector<int> all(100'000);
    const auto counted = [&] {
        for_each(pool, all, [](int& i) { ++i; });
        const std::size_t before = support::allocations::count_here();
        for_each(pool, all, [](int& i) { ++i; });
        return support::allocations::count_here() - before;
    };
    EXPECT_EQ(pool.submit(counted).result(), 0u);
}

TEST(for_each_test, leaves_out_the_rest_after_an_exception_and_throws_it) {
    thread_pool_executor pool(2);
    std::atomic<int> calls{0};
    std::vector<int> all(100'000);
    const auto fail = [&](int&) {
        ++calls;
        throw std::runtime_error("no");
    };
    EXPECT_THROW(for_each(pool, {.chunksize = 10}, all, fail), std::runtime_error);
    EXPECT_LE(calls, 2) << "each worker has met one at most";
    EXPECT_THROW(pool.submit([&] { for_each(pool, all, fail); }).result(), std::runtime_error);
}

TEST(for_each_test, can_be_stopped) {
    thread_pool_executor pool(2);
    std::stop_source source;
    std::atomic<int> calls{0};
    std::vector<int> all(100'000);
    const bool whole = for_each(pool, {.stop = source.get_token(), .chunksize = 1}, all, [&](int&) {
        ++calls;
        source.request_stop();
    });
    EXPECT_FALSE(whole);
    EXPECT_LE(calls, 2);
    EXPECT_GE(calls, 1);
}

TEST(for_each_test, says_that_a_chunk_needs_elements) {
    thread_pool_executor pool(1);
    std::vector<int> all(3);
    EXPECT_THROW(for_each(pool, {.chunksize = 0}, all, [](int&) {}), std::invalid_argument);
    EXPECT_THROW(for_each(pool, {.chunksize = -4}, all, [](int&) {}), std::invalid_argument);
}

TEST(for_each_test, throws_what_submit_throws) {
    thread_pool_executor pool(1);
    pool.shutdown();
    std::vector<int> all(3);
    EXPECT_THROW(for_each(pool, all, [](int&) {}), concur::executor_shutdown);
}

}  // namespace
