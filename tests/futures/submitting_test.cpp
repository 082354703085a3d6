#include "concur/futures/submitting.hpp"

#include "concur/core/recycled.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/executor.hpp"
#include "support/allocations.hpp"
#include "support/loopback.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;
using support::loopback;
using support::manual_executor;
using support::what_of;

int add(int a, int b) { return a + b; }

// The same code for each of them.
int sum_of_squares(executor& e, int n) {
    std::vector<int> numbers(static_cast<std::size_t>(n));
    std::iota(numbers.begin(), numbers.end(), 0);
    auto squares = e.map([](int i) { return i * i; }, numbers);
    return std::accumulate(squares.begin(), squares.end(), 0);
}

TEST(submitting_test, runs_the_same_code_on_threads_and_elsewhere) {
    thread_pool_executor threads(2);
    EXPECT_EQ(sum_of_squares(threads, 10), 285);
    loopback elsewhere;
    elsewhere.host.when_asked_to_help = [&] { elsewhere.run_all(); };
    EXPECT_EQ(sum_of_squares(elsewhere, 10), 285);
}

TEST(submitting_test, gives_a_failed_future_for_what_cannot_travel_and_runs_it_on_threads) {
    int outside = 40;
    const auto closure = [&outside](int n) { return outside + n; };
    loopback elsewhere;
    executor& far = elsewhere;
    const auto failed = far.submit(closure, 2);
    EXPECT_TRUE(failed.done());
    EXPECT_THROW(failed.result(), pickling_error);
    EXPECT_NE(what_of(failed.exception()).find("lambda"), std::string::npos) << what_of(failed.exception());
    EXPECT_EQ(elsewhere.host.shares(), 0);
    thread_pool_executor threads(1);
    executor& near = threads;
    EXPECT_EQ(near.submit(closure, 2).result(), 42);
}

struct deep {
    std::vector<const int*> pointers;
};

// A compiler's spelling of a type may have more spaces.
testing::AssertionResult names(std::string text, std::string type) {
    const std::string said = text;
    std::erase(text, ' ');
    std::erase(type, ' ');
    if (text.find(type) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << said;
}

TEST(submitting_test, names_the_type_that_is_in_a_calls_way) {
    loopback elsewhere;
    executor& far = elsewhere;
    const auto failed = far.submit([](const std::pair<int, deep>&) { return 1; }, std::pair(1, deep()));
    EXPECT_TRUE(names(what_of(failed.exception()), "const int*"));
    auto items = far.map([](const deep&) { return 1; }, std::vector<deep>(1));
    EXPECT_THROW(*items.begin(), pickling_error);
    try {
        *items.begin();
    } catch (const pickling_error& e) {
        EXPECT_TRUE(names(e.what(), "const int*"));
    }
}

TEST(submitting_test, takes_options_on_the_way) {
    loopback elsewhere;
    executor& e = elsewhere;
    const auto f = e.submit({.timeout = 1h, .priority = 3, .name = "sum"}, add, 1, 2);
    EXPECT_EQ(elsewhere.host.front().priority, 3);
    EXPECT_EQ(elsewhere.host.front().name(), "sum");
    elsewhere.run_all();
    EXPECT_EQ(f.result(), 3);
    manual_executor here;
    executor& near = here;
    const auto g = near.submit({.priority = 5}, add, 1, 2);
    EXPECT_EQ(here.last_priority, 5);
    here.run_all();
    EXPECT_EQ(g.result(), 3);
}

TEST(submitting_test, fails_a_task_whose_time_is_over_at_once) {
    loopback elsewhere;
    executor& e = elsewhere;
    const auto f = e.submit({.timeout = 0ms}, add, 1, 2);
    EXPECT_EQ(ending(f), "timeout");
}

TEST(submitting_test, refuses_an_empty_callable_before_anything_is_sent) {
    loopback elsewhere;
    executor& e = elsewhere;
    int (*const nothing)(int, int) = nullptr;
    EXPECT_THROW(e.submit(nothing, 1, 2), std::invalid_argument);
    EXPECT_THROW(e.submit(std::function<int()>()), std::invalid_argument);
    EXPECT_THROW(e.map(nothing, std::vector{1}, std::vector{2}), std::invalid_argument);
    EXPECT_TRUE(elsewhere.host.empty());
}

TEST(submitting_test, leaves_nothing_behind_where_the_executor_takes_no_more) {
    const recycling_pause every_block_is_new;
    loopback elsewhere;
    executor& e = elsewhere;
    elsewhere.shutdown();
    const support::reports told;
    const auto try_all = [&] {
        EXPECT_THROW(e.submit(add, 1, 2), executor_shutdown);
        EXPECT_THROW(e.submit({.timeout = 1h, .name = "x"}, add, 1, 2), executor_shutdown);
        EXPECT_THROW(e.submit({.timeout = 0ms}, add, 1, 2), executor_shutdown);
        EXPECT_THROW(e.submit([](const std::vector<int>& v) { return v.size(); }, std::vector<int>(1000)),
                     executor_shutdown);
    };
    try_all();  // what is made once for the program is made now
    const std::size_t before = support::allocations::live();
    try_all();
    EXPECT_LE(support::allocations::live(), before) << "the timer's thread may have freed its own by now";
    EXPECT_EQ(elsewhere.host.shares(), 0);
    EXPECT_EQ(elsewhere.host.leased(), 0u);
    EXPECT_EQ(told.count(), 0u);
}

TEST(submitting_test, leaves_nothing_behind_where_there_is_no_memory) {
    const recycling_pause every_block_is_new;
    loopback elsewhere;
    executor& e = elsewhere;
    const auto once = [&] {
        const auto f = e.submit(
            {.timeout = 1h, .name = "a name that is longer than a short one"},
            [](const std::vector<int>& v) { return v.size(); }, std::vector<int>(1000));
        if (f.done()) f.result();
        elsewhere.refuse_all(nullptr);
    };
    once();
    const std::size_t before = support::allocations::live();
    const auto tries = support::allocations::sweep(once, [&] {
        EXPECT_EQ(elsewhere.host.shares(), 0);
        EXPECT_EQ(elsewhere.host.leased(), 0u);
    });
    EXPECT_GE(tries, 4u);
    EXPECT_LE(support::allocations::live(), before) << "the timer's thread may have freed its own by now";
}

// --- map ----------------------------------------------------------------------------------------------

TEST(submitting_test, maps_in_chunks_that_travel_together) {
    loopback elsewhere;
    executor& e = elsewhere;
    std::vector<int> numbers(10);
    std::iota(numbers.begin(), numbers.end(), 0);
    auto results = e.map({.chunksize = 4}, add, numbers, numbers);
    EXPECT_EQ(elsewhere.run_all(), 3);
    int expected = 0;
    for (const int sum : results) EXPECT_EQ(sum, 2 * expected++);
    EXPECT_EQ(expected, 10);
}

TEST(submitting_test, brings_the_exception_of_one_item_to_that_item) {
    loopback elsewhere;
    executor& e = elsewhere;
    for (const long chunk : {1L, 3L}) {
        auto results = e.map(
            {.chunksize = chunk}, [](int i) { return i == 1 ? throw std::out_of_range("the second") : i; },
            std::vector{0, 1, 2});
        elsewhere.run_all();
        auto at = results.begin();
        EXPECT_EQ(*at, 0);
        ++at;
        EXPECT_THROW(*at, std::out_of_range) << chunk;
        ++at;
        EXPECT_EQ(*at, 2);
    }
}

TEST(submitting_test, fails_items_whose_results_are_of_another_number) {
    loopback elsewhere;
    executor& e = elsewhere;
    for (const bool ordered : {true, false}) {
        auto results = e.map({.chunksize = 2, .ordered = ordered}, add, std::vector{1, 2, 3}, std::vector{1, 2, 3});
        const std::vector<std::byte> none(4);
        elsewhere.host.answer_with(elsewhere.host.send(), none.data(), none.size());
        elsewhere.run_all();
        auto at = results.begin();
        EXPECT_THROW(*at, pickling_error);
        EXPECT_THROW(*++at, pickling_error);
        EXPECT_EQ(*++at, 6);
        EXPECT_EQ(++at, results.end());
    }
}

TEST(submitting_test, maps_what_returns_nothing) {
    static int sum;
    sum = 0;
    loopback elsewhere;
    executor& e = elsewhere;
    auto done = e.map({.chunksize = 2}, [](int i) { sum += i; }, {1, 2, 3});
    elsewhere.run_all();
    for (auto at = done.begin(); at != done.end(); ++at) continue;
    EXPECT_EQ(sum, 6);
}

TEST(submitting_test, fails_each_item_of_a_map_that_cannot_travel) {
    int outside = 1;
    loopback elsewhere;
    executor& e = elsewhere;
    auto results = e.map([&outside](int i) { return i + outside; }, std::vector{1, 2});
    auto at = results.begin();
    for (int i = 0; i < 2; ++i, ++at) EXPECT_THROW(*at, pickling_error);
}

TEST(submitting_test, cancels_what_has_not_begun_when_the_results_are_not_wanted) {
    loopback elsewhere;
    executor& e = elsewhere;
    {
        const auto results = e.map(add, std::vector{1, 2, 3}, std::vector{1, 2, 3});
    }
    EXPECT_TRUE(elsewhere.host.empty());
    EXPECT_EQ(elsewhere.host.shares(), 0);
}

}  // namespace
