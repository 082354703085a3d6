// map: what goes in, what comes out, and in which order.
#include "concur/executors/thread_pool_executor.hpp"
#include "support/gate.hpp"
#include "support/tracked.hpp"

#include <atomic>
#include <forward_list>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using concur::map_options;
using concur::thread_pool_executor;
using support::gate;
using support::opened_at_end;
using support::tracked;

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

// Numbers 0 to 4, and then an exception.
auto numbers_that_end_badly() {
    return std::views::iota(0, 10) |
           std::views::transform([](int n) { return n < 5 ? n : throw std::runtime_error("the input ends badly"); });
}

}  // namespace

TEST(thread_pool_executor_test, map_gives_results_in_input_order) {
    thread_pool_executor pool{4};
    const auto items = up_to(500);
    std::vector<int> expected;
    for (const int n : items) expected.push_back(n * n);
    EXPECT_EQ(gathered(pool.map(squared, items)), expected);
}

// fact 35
TEST(thread_pool_executor_test, map_submits_all_work_even_if_its_result_is_never_iterated) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{1};
        auto results = pool.map([&](int) { ++ran; }, up_to(20));
        pool.shutdown();
        EXPECT_EQ(ran, 20);
    }
    EXPECT_EQ(ran, 20);
}

// fact 36
TEST(thread_pool_executor_test, map_with_no_inputs_gives_nothing) {
    thread_pool_executor pool{1};
    auto none = pool.map(squared, std::vector<int>{});
    EXPECT_TRUE(none.begin() == none.end());
    EXPECT_TRUE(gathered(pool.map({.chunksize = 5}, squared, std::vector<int>{})).empty());
    EXPECT_TRUE(gathered(pool.map({.buffersize = 5}, squared, std::vector<int>{})).empty());
    EXPECT_TRUE(gathered(pool.map({.ordered = false}, squared, std::vector<int>{})).empty());
    EXPECT_EQ(pool.worker_count(), 0);
}

// fact 36
TEST(thread_pool_executor_test, map_of_several_ranges_ends_with_the_shortest) {
    thread_pool_executor pool{2};
    const std::vector<int> a{1, 2, 3, 4}, b{10, 20};
    const std::list<std::string> c{"x", "y", "z"};
    const auto join = [](int x, int y, const std::string& s) { return s + std::to_string(x + y); };
    EXPECT_EQ(gathered(pool.map(join, a, b, c)), (std::vector<std::string>{"x11", "y22"}));
    EXPECT_EQ(gathered(pool.map(std::plus<>{}, b, a)), (std::vector<int>{11, 22}));
    EXPECT_TRUE(gathered(pool.map(std::plus<>{}, a, std::vector<int>{})).empty());
    EXPECT_EQ(gathered(pool.map(std::plus<>{}, std::views::iota(0), b)), (std::vector<int>{10, 21}));
}

// fact 37
TEST(thread_pool_executor_test, an_input_that_throws_is_thrown_by_map_and_what_was_submitted_runs_on) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{2};
        EXPECT_THROW(pool.map([&](int) { ++ran; }, numbers_that_end_badly()), std::runtime_error);
    }
    EXPECT_EQ(ran, 5);
}

TEST(thread_pool_executor_test, with_a_buffersize_an_input_that_throws_is_thrown_where_it_is_read) {
    thread_pool_executor pool{2};
    auto results = pool.map({.buffersize = 2}, squared, numbers_that_end_badly());
    auto at = results.begin();
    std::vector<int> got;
    const auto read_all = [&] {
        for (; at != results.end(); ++at) got.push_back(*at);
    };
    EXPECT_THROW(read_all(), std::runtime_error);
    EXPECT_LE(got.size(), 5U);
    EXPECT_GE(got.size(), 3U);
}

// fact 42
TEST(thread_pool_executor_test, after_the_exception_of_an_item_iteration_goes_on_with_the_next) {
    thread_pool_executor pool{2};
    const auto odd_fails = [](int n) { return n % 2 == 0 ? n : throw std::out_of_range(std::to_string(n)); };
    for (const map_options& options : {map_options{}, map_options{.chunksize = 3}, map_options{.buffersize = 2}}) {
        auto results = pool.map(options, odd_fails, up_to(9));
        std::vector<int> good, bad;
        for (auto at = results.begin(); at != results.end(); ++at) {
            try {
                good.push_back(*at);
            } catch (const std::out_of_range& e) {
                bad.push_back(std::stoi(e.what()));
            }
        }
        EXPECT_EQ(good, (std::vector{0, 2, 4, 6, 8}));
        EXPECT_EQ(bad, (std::vector{1, 3, 5, 7}));
    }
}

TEST(thread_pool_executor_test, an_item_can_be_passed_over_unread_and_read_again) {
    thread_pool_executor pool{2};
    auto results = pool.map([](int n) { return n != 1 ? n : throw 1; }, up_to(4));
    auto at = results.begin();
    EXPECT_EQ(*at, 0);
    EXPECT_EQ(*at, 0);
    ++at;
    EXPECT_THROW(static_cast<void>(*at), int);
    EXPECT_THROW(static_cast<void>(*at), int);
    at++;
    ++at;
    EXPECT_EQ(*at, 3);
    EXPECT_TRUE(++at == results.end());
}

// fact 43
TEST(thread_pool_executor_test, map_frees_each_result_when_the_consumer_goes_on) {
    for (const long chunk : {1L, 3L, 100L}) {
        thread_pool_executor pool{1};
        tracked::reset();
        auto results = pool.map({.chunksize = chunk}, [](int n) { return tracked(n); }, up_to(7));
        pool.shutdown();
        int left = 7;
        for (auto at = results.begin(); at != results.end(); --left) {
            EXPECT_EQ((*at).value, 7 - left);
            EXPECT_EQ(tracked::live(), left) << "chunks of " << chunk;
            ++at;
            EXPECT_EQ(tracked::live(), left - 1) << "chunks of " << chunk;
        }
        EXPECT_EQ(tracked::live(), 0);
    }
}

TEST(thread_pool_executor_test, a_result_moved_out_by_the_consumer_is_gone) {
    thread_pool_executor pool{1};
    std::vector<std::shared_ptr<int>> kept;
    for (auto&& item : pool.map([](int n) { return std::make_shared<int>(n); }, up_to(5)))
        kept.push_back(std::move(item));
    for (const auto& p : kept) EXPECT_EQ(p.use_count(), 1);
}

TEST(thread_pool_executor_test, map_of_calls_that_return_nothing_counts_them) {
    thread_pool_executor pool{2};
    std::atomic<int> sum{0};
    int rounds = 0;
    for ([[maybe_unused]] auto nothing : pool.map([&](int n) { sum += n; }, up_to(10))) ++rounds;
    EXPECT_EQ(rounds, 10);
    EXPECT_EQ(sum, 45);
}

TEST(thread_pool_executor_test, map_of_calls_that_return_references_gives_the_very_things) {
    thread_pool_executor pool{2};
    std::vector<int> things{1, 2, 3};
    const auto at_index = [&](std::size_t i) -> int& { return things[i]; };
    for (int& thing : pool.map(at_index, std::vector<std::size_t>{0, 1, 2})) thing *= 10;
    EXPECT_EQ(things, (std::vector{10, 20, 30}));
}

TEST(thread_pool_executor_test, map_of_results_that_only_move) {
    thread_pool_executor pool{2};
    std::vector<int> got;
    for (auto&& p : pool.map({.chunksize = 2}, [](int n) { return std::make_unique<int>(n); }, up_to(5))) {
        const std::unique_ptr<int> mine = std::move(p);
        got.push_back(*mine);
    }
    EXPECT_EQ(got, up_to(5));
}

TEST(thread_pool_executor_test, map_reads_ranges_of_every_kind) {
    thread_pool_executor pool{2};
    const std::vector<int> expected{1, 4, 9};
    const int array[] = {1, 2, 3};
    EXPECT_EQ(gathered(pool.map(squared, array)), expected);
    EXPECT_EQ(gathered(pool.map(squared, std::vector{1, 2, 3})), expected) << "a temporary";
    EXPECT_EQ(gathered(pool.map(squared, std::forward_list{1, 2, 3})), expected);
    EXPECT_EQ(gathered(pool.map(squared, std::set{3, 2, 1})), expected);
    EXPECT_EQ(gathered(pool.map(squared, std::span(array))), expected);
    EXPECT_EQ(gathered(pool.map(squared, std::views::iota(1, 4))), expected) << "values, not references";
    std::istringstream text("1 2 3");
    EXPECT_EQ(gathered(pool.map(squared, std::views::istream<int>(text))), expected) << "read once";
    auto lazy = std::views::iota(1) | std::views::take_while([](int n) { return n < 4; });
    EXPECT_EQ(gathered(pool.map(squared, lazy)), expected);
    const std::vector<bool> bits{true, false};
    EXPECT_EQ(gathered(pool.map([](bool b) { return !b; }, bits)), (std::vector{false, true}));
    const std::map<std::string, int> named{{"a", 1}};
    EXPECT_EQ(gathered(pool.map([](const auto& pair) { return pair.first; }, named)).at(0), "a");
}

TEST(thread_pool_executor_test, items_that_only_move_are_moved_in_from_a_range_that_gives_them) {
    thread_pool_executor pool{2};
    auto made = std::views::iota(0, 4) | std::views::transform([](int n) { return std::make_unique<int>(n); });
    EXPECT_EQ(gathered(pool.map([](std::unique_ptr<int> p) { return *p; }, made)), up_to(4));
}

TEST(thread_pool_executor_test, items_are_copied_so_that_the_input_may_go) {
    thread_pool_executor pool{1};
    gate door;
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    auto items = std::make_unique<std::vector<std::string>>(3, "a long text that does not fit into the string");
    auto results = pool.map([](const std::string& s) { return s.size(); }, *items);
    items.reset();
    door.open();
    for (const auto size : results) EXPECT_EQ(size, 45U);
}

TEST(thread_pool_executor_test, members_and_functors_can_be_mapped) {
    thread_pool_executor pool{2};
    const std::vector<std::string> words{"a", "bb", "ccc"};
    EXPECT_EQ(gathered(pool.map(&std::string::size, words)), (std::vector<std::size_t>{1, 2, 3}));
    EXPECT_EQ(gathered(pool.map(std::function<int(int)>(squared), up_to(3))), (std::vector{0, 1, 4}));
    EXPECT_EQ(gathered(pool.map([](int n, int by = 2) { return n * by; }, up_to(3))), (std::vector{0, 2, 4}));
}

TEST(thread_pool_executor_test, a_mapped_function_may_ask_for_a_stop_token_first) {
    thread_pool_executor pool{2};
    const auto fn = [](std::stop_token stop, int n) { return stop.stop_requested() ? -1 : n; };
    EXPECT_EQ(gathered(pool.map(fn, up_to(3))), up_to(3));
}

TEST(thread_pool_executor_test, chunks_below_equal_and_above_the_input_give_the_same_results) {
    thread_pool_executor pool{3};
    const auto items = up_to(10);
    const auto expected = gathered(pool.map(squared, items));
    for (const long size : {1L, 3L, 9L, 10L, 11L, 1'000'000L, std::numeric_limits<long>::max()})
        EXPECT_EQ(gathered(pool.map({.chunksize = size}, squared, items)), expected) << size;
}

TEST(thread_pool_executor_test, a_result_whose_move_throws_ends_neither_the_map_nor_the_program) {
    thread_pool_executor pool{1};
    for (int failing = 1; failing < 12; ++failing) {
        tracked::reset();
        auto results = pool.map([](int n) { return tracked(n); }, up_to(3));
        pool.submit([] {}).result();
        tracked::fail_move(failing);
        int rounds = 0;
        for (auto at = results.begin(); at != results.end() && rounds < 100; ++rounds) {
            try {
                EXPECT_EQ((*at).value, rounds);
            } catch (const support::move_failed&) {
            }
            ++at;
        }
        EXPECT_EQ(rounds, 3) << "the move that failed: " << failing;
    }
    tracked::reset();
}
