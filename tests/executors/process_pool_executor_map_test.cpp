// map over processes: chunks, windows, orders, and the items' own exceptions.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <list>
#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

using concur::map_options;
using concur::process_pool_executor;
using concur::timeout_error;
using concur::worker_died;
using support::door;
using support::long_enough;
using support::process_gate;
using namespace std::chrono_literals;

namespace {

int squared(int n) { return n * n; }

template <class Range>
auto gathered(Range&& range) {
    using value = typename decltype(range.begin())::value_type;
    std::vector<value> all;
    for (auto&& item : range) all.push_back(std::move(item));
    return all;
}

std::vector<int> up_to(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

std::vector<int> squares(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(i * i);
    return all;
}

// "12", or the exception's text, for each item.
template <class Range>
std::vector<std::string> outcomes(Range&& range) {
    std::vector<std::string> all;
    for (auto at = range.begin(); at != range.end(); ++at) {
        try {
            all.push_back(std::to_string(*at));
        } catch (const std::exception& e) {
            all.push_back(e.what());
        }
    }
    return all;
}

int odd_or_throw(int n) {
    if (n % 3 == 0) throw std::out_of_range("three times " + std::to_string(n / 3));
    return n;
}

}  // namespace

// fact 78
TEST(process_pool_executor_test, chunks_below_equal_and_above_the_inputs_length_give_the_same_results) {
    process_pool_executor pool{2};
    for (const long chunk : {1L, 2L, 7L, 49L, 50L, 51L, 1'000'000L})
        EXPECT_EQ(gathered(pool.map({.chunksize = chunk}, squared, up_to(50))), squares(50)) << chunk;
}

// fact 78
TEST(process_pool_executor_test, sizes_of_zero_or_less_are_refused) {
    process_pool_executor pool{1};
    for (const long size : {0L, -1L, -1'000L}) {
        EXPECT_THROW(pool.map({.chunksize = size}, squared, up_to(3)), std::invalid_argument);
        EXPECT_THROW(pool.map({.buffersize = size}, squared, up_to(3)), std::invalid_argument);
    }
    EXPECT_EQ(gathered(pool.map(squared, up_to(3))), squares(3));
}

TEST(process_pool_executor_test, every_combination_of_options_gives_every_result_once) {
    process_pool_executor pool{2};
    for (const long chunk : {1L, 3L, 100L})
        for (const std::optional<long> buffer :
             {std::optional<long>(), std::optional(1L), std::optional(4L), std::optional(64L)})
            for (const bool ordered : {true, false})
                for (const concur::timeout time : {concur::timeout(), concur::timeout(long_enough)}) {
                    auto got = gathered(
                        pool.map({.timeout = time, .chunksize = chunk, .buffersize = buffer, .ordered = ordered},
                                 squared, up_to(40)));
                    if (!ordered) std::ranges::sort(got);
                    EXPECT_EQ(got, squares(40)) << chunk << ' ' << buffer.value_or(0) << ' ' << ordered;
                }
}

// fact 42
TEST(process_pool_executor_test, each_items_exception_is_its_own_in_chunks_too) {
    process_pool_executor pool{2};
    const std::vector<std::string> expected{"three times 0", "1", "2", "three times 1", "4", "5", "three times 2", "7"};
    for (const long chunk : {1L, 3L, 4L, 100L})
        EXPECT_EQ(outcomes(pool.map({.chunksize = chunk}, odd_or_throw, up_to(8))), expected) << chunk;
    auto unordered = outcomes(pool.map({.chunksize = 3, .ordered = false}, odd_or_throw, up_to(8)));
    std::ranges::sort(unordered);
    auto sorted = expected;
    std::ranges::sort(sorted);
    EXPECT_EQ(unordered, sorted);
}

TEST(process_pool_executor_test, an_items_exception_keeps_its_type_in_a_chunk) {
    process_pool_executor pool{1};
    auto results = pool.map({.chunksize = 4}, odd_or_throw, up_to(4));
    auto at = results.begin();
    EXPECT_THROW(*at, std::out_of_range);
    ++at;
    EXPECT_EQ(*at, 1);
}

TEST(process_pool_executor_test, a_death_costs_the_items_of_its_chunk_and_no_others) {
    process_pool_executor pool{2};
    const auto deadly = [](int n) {
        if (n == 5) std::raise(SIGKILL);
        return n;
    };
    auto results = pool.map({.chunksize = 4}, deadly, up_to(16));
    int n = 0, died = 0;
    for (auto at = results.begin(); at != results.end(); ++at, ++n) {
        try {
            EXPECT_EQ(*at, n);
        } catch (const worker_died& e) {
            EXPECT_EQ(e.signal(), SIGKILL);
            EXPECT_EQ(n / 4, 1) << n;
            ++died;
        }
    }
    EXPECT_EQ(n, 16);
    EXPECT_EQ(died, 4);
}

TEST(process_pool_executor_test, items_are_read_from_any_range_and_several_end_with_the_shortest) {
    process_pool_executor pool{2};
    const std::list<std::string> words{"x", "y", "z"};
    const auto join = [](int x, const std::string& s) { return s + std::to_string(x); };
    EXPECT_EQ(gathered(pool.map(join, std::views::iota(1), words)), (std::vector<std::string>{"x1", "y2", "z3"}));
    EXPECT_EQ(gathered(pool.map({.chunksize = 2}, join, up_to(9), words)),
              (std::vector<std::string>{"x0", "y1", "z2"}));
    EXPECT_EQ(gathered(pool.map(std::plus<>{}, up_to(3), up_to(5))), (std::vector<int>{0, 2, 4}));
    EXPECT_TRUE(gathered(pool.map(squared, std::vector<int>())).empty());
    EXPECT_EQ(gathered(pool.map(squared, {2, 3})), (std::vector<int>{4, 9}));
    EXPECT_EQ(gathered(pool.map(squared, std::vector<int>{1, 2} | std::views::filter([](int n) { return n == 2; }))),
              (std::vector<int>{4}));
}

TEST(process_pool_executor_test, items_and_results_may_be_large_or_only_move_or_be_nothing) {
    process_pool_executor pool{2};
    const std::vector<std::string> large(6, std::string(400'000, 'l'));
    std::size_t total = 0;
    for (const std::string& s : pool.map({.chunksize = 2}, [](const std::string& s) { return s + "!"; }, large))
        total += s.size();
    EXPECT_EQ(total, 6U * 400'001U);
    int sum = 0;
    for (auto&& p : pool.map({.chunksize = 3}, [](int n) { return std::make_unique<int>(n); }, up_to(10))) sum += *p;
    EXPECT_EQ(sum, 45);
    std::size_t count = 0;
    for ([[maybe_unused]] const auto nothing : pool.map({.chunksize = 3}, [](int) {}, up_to(10))) ++count;
    EXPECT_EQ(count, 10U);
    const auto sizes = gathered(pool.map([](std::string_view s) { return s.size(); }, large));
    EXPECT_EQ(sizes, std::vector<std::size_t>(6, 400'000));
    const std::vector<std::vector<double>> rows(5, std::vector<double>(100, 0.5));
    const auto row_sum = [](std::span<const double> all) { return std::accumulate(all.begin(), all.end(), 0.0); };
    EXPECT_EQ(gathered(pool.map({.chunksize = 2}, row_sum, rows)), std::vector<double>(5, 50.0));
}

// facts 38, 39
TEST(process_pool_executor_test, maps_time_is_one_for_all_and_what_has_not_started_then_is_cancelled) {
    process_pool_executor pool{1};
    const process_gate gate, count;
    const auto wait_from_second = [](int n, const door& held, const door& counted) {
        counted.come();
        if (n > 0) held.wait();
        return n;
    };
    const std::vector<door> held(20, gate.door), counted(20, count.door);
    auto results = pool.map({.timeout = 300ms}, wait_from_second, up_to(20), held, counted);
    auto at = results.begin();
    EXPECT_EQ(*at, 0) << "what was finished before is given";
    ++at;
    EXPECT_THROW(*at, timeout_error);
    gate.door.open();
    pool.shutdown();
    EXPECT_EQ(count.door.came(), 2U) << "what has not started never does";
}

// fact 40
TEST(process_pool_executor_test, dropping_the_results_cancels_what_has_not_started) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto wait_at = [](const door& d) { d.wait(); };
    static_cast<void>(pool.map(wait_at, std::vector<door>(30, gate.door)));
    gate.door.open();
    pool.shutdown();
    EXPECT_LE(gate.door.came(), 1U);
}

// fact 41
TEST(process_pool_executor_test, a_timeout_error_of_an_item_is_that_items_and_not_maps) {
    process_pool_executor pool{1};
    const auto late = [](int n) {
        if (n == 1) throw timeout_error("the item's own");
        return n;
    };
    EXPECT_EQ(outcomes(pool.map({.timeout = long_enough}, late, up_to(3))),
              (std::vector<std::string>{"0", "the item's own", "2"}));
}

// fact 35
TEST(process_pool_executor_test, map_submits_all_even_if_nobody_reads_the_results) {
    const process_gate gate;
    process_pool_executor pool{2};
    auto results = pool.map([](const door& d) { d.come(); }, std::vector<door>(20, gate.door));
    pool.shutdown();
    EXPECT_EQ(gate.door.came(), 20U);
}

TEST(process_pool_executor_test, with_a_buffersize_no_more_than_that_is_ever_under_way) {
    process_pool_executor pool{2};
    const process_gate gate;
    auto results =
        pool.map({.buffersize = 3}, [](const door& d) { return d.come(); }, std::vector<door>(20, gate.door));
    auto at = results.begin();
    for (int read = 0; at != results.end(); ++at, ++read) {
        EXPECT_GE(*at, 1U);
        EXPECT_LE(gate.door.came(), static_cast<unsigned>(read) + 3U);
    }
    EXPECT_EQ(gate.door.came(), 20U);
}

TEST(process_pool_executor_test, ten_thousand_items_in_chunks_go_through_quickly) {
    process_pool_executor pool{2};
    EXPECT_EQ(gathered(pool.map({.chunksize = 100}, squared, up_to(10'000))), squares(10'000));
}
