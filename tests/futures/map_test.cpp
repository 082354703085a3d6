#include "concur/futures/map.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/tracked.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <gtest/gtest.h>
#include <list>
#include <memory>
#include <numeric>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::manual_executor;
using support::tracked;

// Each item as text: the value, or what reading it threw.
template <class Range>
std::vector<std::string> texts_of(Range range) {
    std::vector<std::string> texts;
    for (auto it = range.begin(); it != range.end(); ++it) {
        try {
            texts.push_back(std::to_string(*it));
        } catch (const cancelled_error&) {
            texts.push_back("cancelled");
        } catch (const std::exception& e) {
            texts.push_back(e.what());
        }
    }
    return texts;
}
using texts = std::vector<std::string>;

const auto plus_one = [](int i) { return i + 1; };
const auto fails_on_two = [](int i) { return i != 2 ? i : throw std::runtime_error("two"); };

TEST(map_test, results_come_in_input_order) {
    thread_pool_executor pool{3};
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 0);
    int expected = 1;
    for (const int i : pool.map(plus_one, numbers)) EXPECT_EQ(i, expected++);
    EXPECT_EQ(expected, 101);
}

// fact 36
TEST(map_test, no_inputs_give_nothing_and_the_shortest_of_several_ends_it) {
    thread_pool_executor pool{1};
    EXPECT_EQ(texts_of(pool.map(plus_one, std::vector<int>{})), texts{});
    const auto add = [](int a, int b) { return a + b; };
    EXPECT_EQ(texts_of(pool.map(add, std::vector{1, 2, 3}, std::list{10, 20})), (texts{"11", "22"}));
    EXPECT_EQ(texts_of(pool.map(add, std::array{1}, std::views::iota(5))), texts{"6"});
}

// fact 35
TEST(map_test, all_work_is_submitted_even_if_no_result_is_ever_read) {
    manual_executor executor;
    const auto range = executor.map(plus_one, std::vector{1, 2, 3});
    EXPECT_EQ(executor.posted, 3);
}

// fact 42
TEST(map_test, after_an_item_s_exception_the_next_item_can_be_read) {
    thread_pool_executor pool{2};
    EXPECT_EQ(texts_of(pool.map(fails_on_two, std::vector{1, 2, 3})), (texts{"1", "two", "3"}));
    EXPECT_EQ(texts_of(pool.map(map_options{.chunksize = 2}, fails_on_two, std::vector{1, 2, 3, 4, 5})),
              (texts{"1", "two", "3", "4", "5"}));
}

// fact 40
TEST(map_test, destroying_the_range_cancels_what_has_not_started) {
    manual_executor executor;
    int ran = 0;
    {
        auto range = executor.map([&](int i) { return ran += i; }, std::vector{1, 1, 1});
        executor.run_one();
        EXPECT_EQ(*range.begin(), 1);
    }
    executor.run_all();
    EXPECT_EQ(ran, 1);
}

// facts 38, 39
TEST(map_test, one_deadline_counts_from_the_call_and_what_was_done_by_then_is_given) {
    manual_executor executor;
    int ran = 0;
    auto range = executor.map(map_options{.timeout = 1ms}, [&](int i) { return ran += i; }, std::vector{1, 1, 1});
    executor.run_one();
    auto it = range.begin();
    EXPECT_EQ(*it, 1);
    ++it;
    EXPECT_THROW(*it, timeout_error);
    EXPECT_THROW(*it, timeout_error);
    executor.run_all();
    EXPECT_EQ(ran, 1);
    ++it;
    EXPECT_EQ(it, range.end());
}

// fact 41
TEST(map_test, a_time_out_thrown_by_the_callable_is_that_item_s_error) {
    thread_pool_executor pool{1};
    const auto own = [](int i) { return i != 2 ? i : throw timeout_error("mine"); };
    EXPECT_EQ(texts_of(pool.map(map_options{.timeout = 1h}, own, std::vector{1, 2, 3})), (texts{"1", "mine", "3"}));
}

// fact 43
TEST(map_test, a_result_is_freed_when_the_next_is_asked_for) {
    thread_pool_executor pool{1};
    const int before = tracked::live();
    auto range = pool.map([](int i) { return tracked(i); }, std::vector{1, 2, 3});
    pool.submit([] {}).result();
    int expected = 3;
    for (auto& t : range) {
        EXPECT_GT(t.value, 0);
        EXPECT_EQ(tracked::live(), before + expected--);
    }
    EXPECT_EQ(tracked::live(), before);
}

// fact 37
TEST(map_test, what_reading_the_inputs_throws_map_throws_and_what_was_submitted_runs_on) {
    manual_executor executor;
    int ran = 0;
    auto inputs = std::views::iota(0, 5) | std::views::transform([](int i) {
                      if (i == 3) throw std::runtime_error("no more");
                      return i;
                  });
    EXPECT_THROW(executor.map([&](int) { return ++ran; }, inputs), std::runtime_error);
    executor.run_all();
    EXPECT_EQ(ran, 3);
}

TEST(map_test, sizes_below_one_are_refused_and_nothing_is_submitted) {
    manual_executor executor;
    for (const long size : {0L, -1L}) {
        EXPECT_THROW(executor.map(map_options{.chunksize = size}, plus_one, std::vector{1}), std::invalid_argument);
        EXPECT_THROW(executor.map(map_options{.buffersize = size}, plus_one, std::vector{1}), std::invalid_argument);
    }
    EXPECT_EQ(executor.posted, 0);
}

TEST(map_test, a_chunk_is_one_task) {
    manual_executor executor;
    auto range = executor.map(map_options{.chunksize = 4}, plus_one, std::views::iota(0, 10));
    EXPECT_EQ(executor.posted, 3);
    executor.run_all();
    EXPECT_EQ(texts_of(std::move(range)).size(), 10u);
}

TEST(map_test, with_a_buffersize_no_more_than_that_is_under_way_and_inputs_are_read_as_needed) {
    manual_executor executor;
    int read = 0;
    auto inputs = std::views::iota(0) | std::views::transform([&](int i) { return ++read, i; });
    auto range = executor.map(map_options{.buffersize = 3}, plus_one, inputs);
    EXPECT_EQ(executor.posted, 3);
    auto it = range.begin();
    for (int i = 0; i < 20; ++i, ++it) {
        executor.run_all();
        EXPECT_EQ(*it, i + 1);
        EXPECT_EQ(executor.posted, i + 3);
    }
    EXPECT_LE(read, 24);
}

TEST(map_test, unordered_results_come_as_they_finish) {
    thread_pool_executor pool{2};
    support::gate first;
    const support::opened_at_end let_go(first);
    const auto slow_first = [&](int i) {
        if (i == 0) first.wait();
        return i;
    };
    std::vector<int> came;
    for (const int i : pool.map(map_options{.ordered = false}, slow_first, std::vector{0, 1, 2})) {
        came.push_back(i);
        if (came.size() == 2) first.open();
    }
    EXPECT_EQ(came.back(), 0);
    EXPECT_EQ(came.size(), 3u);
}

TEST(map_test, unordered_and_timed_out_it_cancels_the_rest_too) {
    manual_executor executor;
    auto range = executor.map(map_options{.timeout = 1ms, .ordered = false}, plus_one, std::vector{1, 2});
    EXPECT_THROW(*range.begin(), timeout_error);
    EXPECT_EQ(executor.run_all(), 2);
    EXPECT_THROW(*range.begin(), timeout_error);
}

TEST(map_test, calls_may_return_nothing_references_or_what_only_moves) {
    thread_pool_executor pool{1};
    std::array<int, 3> seen{};
    int count = 0;
    for (auto none_given : pool.map([&](std::size_t i) { seen.at(i) = 1; }, std::vector<std::size_t>{0, 1, 2})) {
        EXPECT_EQ(none_given, concur::nothing{});
        ++count;
    }
    EXPECT_EQ(count, 3);
    EXPECT_EQ(seen, (std::array{1, 1, 1}));
    for (int& i : pool.map([&](std::size_t at) -> int& { return seen.at(at); }, std::vector<std::size_t>{0, 1})) i = 5;
    EXPECT_EQ(seen, (std::array{5, 5, 1}));
    int sum = 0;
    for (std::unique_ptr<int> p : pool.map([](int i) { return std::make_unique<int>(i); }, std::vector{1, 2}))
        sum += *p;
    EXPECT_EQ(sum, 3);
}

TEST(map_test, a_result_needs_neither_a_default_nor_an_assignment) {
    struct fixed {
        const int value;
    };
    thread_pool_executor pool{1};
    int sum = 0;
    for (const auto& f : pool.map(map_options{.chunksize = 2}, [](int i) { return fixed{i}; }, std::vector{1, 2, 3}))
        sum += f.value;
    EXPECT_EQ(sum, 6);
}

TEST(map_test, a_worker_of_a_pool_of_one_may_map_on_it) {
    thread_pool_executor pool{1};
    for (const bool ordered : {true, false}) {
        const auto sum = pool.submit([&, ordered] {
            int s = 0;
            for (const int i : pool.map(map_options{.ordered = ordered}, plus_one, std::views::iota(0, 50))) s += i;
            return s;
        });
        EXPECT_EQ(sum.result(), 1275);
    }
}

// However many go to the pool in one step.
TEST(map_test, a_pool_with_a_bound_takes_them_all_in_its_time) {
    for (const auto when_full : {overflow::block, overflow::caller_runs}) {
        thread_pool_executor pool{{.max_workers = 1, .max_pending = 3, .when_full = when_full}};
        std::vector<int> numbers(500);
        std::iota(numbers.begin(), numbers.end(), 1);
        int expected = 2;
        for (const int i : pool.map(plus_one, numbers)) EXPECT_EQ(i, expected++);
        EXPECT_EQ(expected, 502);
    }
}

TEST(map_test, where_the_pool_takes_no_more_map_throws_and_what_it_has_taken_runs_on) {
    support::gate door;
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{{.max_workers = 1, .max_pending = 3, .when_full = overflow::fail}};
        const support::opened_at_end guard(door);
        pool.submit([&] { door.wait(); });
        ASSERT_TRUE(door.until_came(1));
        EXPECT_THROW(pool.map([&](int) { ++ran; }, std::vector<int>(200)), queue_full);
    }
    EXPECT_EQ(ran, 3);
    thread_pool_executor shut{1};
    shut.shutdown();
    EXPECT_THROW(shut.map(plus_one, std::vector{1, 2, 3}), executor_shutdown);
}

// Each worker's initializer waits for those of the others.
TEST(map_test, a_vector_of_tasks_starts_all_the_workers_that_it_wants) {
    std::barrier together(4);
    thread_pool_executor pool{{.max_workers = 4, .initializer = [&] { together.arrive_and_wait(); }}};
    int sum = 0;
    for (const int i : pool.map(plus_one, std::vector{1, 2, 3, 4, 5})) sum += i;
    EXPECT_EQ(sum, 20);
}

TEST(map_test, large_chunks_of_a_vector_are_begun_while_the_next_are_made) {
    static support::gate begun;
    struct late {
        late() = default;
        late(const late& other) : is_late(other.is_late) {
            EXPECT_TRUE(!is_late || begun.wait_for(support::long_enough));
        }
        late(late&&) = default;
        bool is_late = false;
    };
    std::vector<late> all(300);
    all[200].is_late = true;
    thread_pool_executor pool{1};
    for (auto none : pool.map({.chunksize = 100}, [](const late&) { begun.open(); }, all)) static_cast<void>(none);
}

TEST(map_test, the_tasks_of_a_vector_start_in_its_order) {
    std::vector<int> seen;
    {
        thread_pool_executor pool{1};
        std::vector<int> numbers(300);
        std::iota(numbers.begin(), numbers.end(), 0);
        for (int i : pool.map([&](int n) { return seen.push_back(n), n; }, numbers)) static_cast<void>(i);
    }
    EXPECT_EQ(seen.size(), 300u);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

// Each one copies itself into its task.
TEST(map_test, an_item_that_cannot_be_copied_leaves_those_before_it_submitted) {
    struct brittle {
        explicit brittle(int n) : number(n) {}
        brittle(const brittle& other) : number(other.number) {
            if (number == 100) throw std::runtime_error("brittle");
        }
        brittle(brittle&&) = default;
        int number;
    };
    std::atomic<int> ran{0};
    {
        std::vector<brittle> all;
        all.reserve(200);
        for (int i = 0; i < 200; ++i) all.emplace_back(i);
        thread_pool_executor pool{2};
        EXPECT_THROW(pool.map([&](const brittle&) { ++ran; }, all), std::runtime_error);
    }
    EXPECT_EQ(ran, 100);
}

TEST(map_test, it_is_an_input_range) {
    thread_pool_executor pool{1};
    auto range = pool.map(plus_one, std::vector{1, 2, 3});
    EXPECT_TRUE(std::ranges::input_range<decltype(range)>);
    EXPECT_EQ(std::ranges::count_if(range, [](int i) { return i > 2; }), 2);
}

}  // namespace
