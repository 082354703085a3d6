// Making a pool, and the threads it has.
#include "concur/executors/thread_pool_executor.hpp"

#include "concur/core/error.hpp"
#include "concur/futures/wait.hpp"
#include "support/gate.hpp"
#include "support/thread_name.hpp"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using support::thread_name;

namespace {

std::multiset<std::string> names_of_all_threads() {
    std::multiset<std::string> names;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "comm");
        std::string name;
        if (std::getline(file, name)) names.insert(name);
    }
    return names;
}

template <class Size>
void expect_refused(Size n) {
    try {
        thread_pool_executor pool{n};
        ADD_FAILURE() << "a pool of " << +n << " workers";
    } catch (const std::invalid_argument& e) {
        EXPECT_NE(std::string(e.what()).find("max_workers"), std::string::npos) << e.what();
    }
}

}  // namespace

// fact 45
TEST(thread_pool_executor_test, zero_or_negative_max_workers_is_rejected_in_the_constructor) {
    expect_refused(0);
    expect_refused(-1);
    expect_refused(0U);
    expect_refused(LLONG_MIN);
    expect_refused(static_cast<signed char>(-1));
    EXPECT_THROW((thread_pool_executor{{.max_workers = 0}}), std::invalid_argument);
    EXPECT_THROW((thread_pool_executor{{.max_workers = -5}}), std::invalid_argument);
}

TEST(thread_pool_executor_test, zero_or_negative_max_pending_is_rejected_in_the_constructor) {
    EXPECT_THROW((thread_pool_executor{{.max_pending = 0}}), std::invalid_argument);
    EXPECT_THROW((thread_pool_executor{{.max_pending = -1}}), std::invalid_argument);
}

TEST(thread_pool_executor_test, the_error_about_a_size_says_which_one_and_what_it_must_be) {
    try {
        thread_pool_executor pool{{.max_workers = 2, .max_pending = -7}};
        FAIL() << "nothing was thrown";
    } catch (const std::invalid_argument& e) {
        const std::string text = e.what();
        EXPECT_NE(text.find("max_pending is -7"), std::string::npos) << text;
        EXPECT_NE(text.find("1 or more"), std::string::npos) << text;
    }
}

TEST(thread_pool_executor_test, huge_sizes_cost_nothing_and_work) {
    thread_pool_executor wide{LONG_MAX};
    EXPECT_EQ(wide.submit([] { return 1; }).result(), 1);
    EXPECT_EQ(wide.worker_count(), 1);
    EXPECT_GE(wide.max_workers(), 1'000'000);
    thread_pool_executor wider{UINT64_MAX};
    EXPECT_GE(wider.max_workers(), 1'000'000);
    thread_pool_executor deep{{.max_workers = 1, .max_pending = LONG_MAX}};
    EXPECT_EQ(deep.submit([] { return 2; }).result(), 2);
}

TEST(thread_pool_executor_test, the_default_is_what_the_processors_allow_and_32_at_most) {
    const thread_pool_executor pool;
    EXPECT_EQ(pool.max_workers(), std::min(32, concur::process_cpu_count() + 4));
    EXPECT_GE(concur::process_cpu_count(), 1);
}

TEST(thread_pool_executor_test, a_count_alone_or_options_make_a_pool) {
    const thread_pool_executor a{5};
    EXPECT_EQ(a.max_workers(), 5);
    const thread_pool_executor b{{.max_workers = 3, .thread_name_prefix = "io"}};
    EXPECT_EQ(b.max_workers(), 3);
    const thread_pool_executor c(std::size_t{7});
    EXPECT_EQ(c.max_workers(), 7);
    thread_pool_options options;
    options.max_workers = 2;
    const thread_pool_executor d(options);
    EXPECT_EQ(d.max_workers(), 2);
}

TEST(thread_pool_executor_test, a_pool_is_neither_copied_nor_moved_nor_made_from_a_truth) {
    EXPECT_FALSE(std::is_copy_constructible_v<thread_pool_executor>);
    EXPECT_FALSE(std::is_move_constructible_v<thread_pool_executor>);
    EXPECT_FALSE(std::is_copy_assignable_v<thread_pool_executor>);
    EXPECT_FALSE((std::is_constructible_v<thread_pool_executor, bool>));
    EXPECT_FALSE((std::is_convertible_v<int, thread_pool_executor>));
}

TEST(thread_pool_executor_test, a_pool_without_work_has_no_thread) {
    const auto before = names_of_all_threads().size();
    const thread_pool_executor pool{8};
    EXPECT_EQ(pool.worker_count(), 0);
    EXPECT_EQ(names_of_all_threads().size(), before);
}

// fact 46
TEST(thread_pool_executor_test, fifteen_blocking_tasks_for_each_worker_make_exactly_max_workers_workers) {
    constexpr int workers = 4;
    gate door;
    thread_pool_executor pool{workers};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    for (int i = 0; i < 15 * workers; ++i) all.push_back(pool.submit([&] { door.wait(); }));
    ASSERT_TRUE(door.until_came(workers));
    EXPECT_EQ(pool.worker_count(), workers);
    door.open();
    concur::wait(all);
    EXPECT_EQ(pool.worker_count(), workers);
}

// fact 47
TEST(thread_pool_executor_test, three_rounds_of_submit_and_wait_use_one_worker) {
    thread_pool_executor pool{4};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.submit([](int n) { return n * n; }, i).result(), i * i);
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, a_thousand_rounds_use_one_worker_too) {
    thread_pool_executor pool{4};
    for (int i = 0; i < 1000; ++i) pool.submit([] {}).wait();
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, rounds_that_fail_use_one_worker_too) {
    thread_pool_executor pool{4};
    for (int i = 0; i < 100; ++i)
        EXPECT_NE(pool.submit([] { throw std::runtime_error("as it should"); }).exception(), nullptr);
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, a_second_thread_starts_when_the_first_is_busy) {
    gate door;
    thread_pool_executor pool{4};
    const opened_at_end guard(door);
    auto held = pool.submit([&] { door.wait(); });
    ASSERT_TRUE(door.until_came(1));
    EXPECT_EQ(pool.submit([] { return 1; }).result(long_enough), 1);
    EXPECT_EQ(pool.worker_count(), 2);
    EXPECT_EQ(pool.submit([] { return 2; }).result(long_enough), 2);
    EXPECT_EQ(pool.worker_count(), 2);
}

TEST(thread_pool_executor_test, all_of_a_burst_run_side_by_side_when_there_are_workers_for_all) {
    constexpr int workers = 6;
    thread_pool_executor pool{workers};
    for (int round = 0; round < 20; ++round) {
        gate here;
        const opened_at_end here_guard(here);
        std::vector<future<void>> all;
        for (int i = 0; i < workers; ++i) all.push_back(pool.submit([&] { here.wait(); }));
        ASSERT_TRUE(here.until_came(workers)) << "in round " << round;
        here.open();
        concur::wait(all);
    }
}

// fact 56
TEST(thread_pool_executor_test, workers_are_named_by_prefix_and_index) {
    gate door;
    thread_pool_executor pool{{.max_workers = 3, .thread_name_prefix = "reader"}};
    const opened_at_end guard(door);
    std::vector<future<std::string>> all;
    for (int i = 0; i < 3; ++i) all.push_back(pool.submit([&] { return door.wait(), thread_name(); }));
    ASSERT_TRUE(door.until_came(3));
    const auto seen = names_of_all_threads();
    door.open();
    std::set<std::string> names;
    for (auto& f : all) names.insert(f.result());
    EXPECT_EQ(names, (std::set<std::string>{"reader_0", "reader_1", "reader_2"}));
    for (const auto& name : names) EXPECT_EQ(seen.count(name), 1U) << name;
}

// fact 56
TEST(thread_pool_executor_test, without_a_prefix_names_are_unique_for_each_pool) {
    thread_pool_executor a{1}, b{1};
    const std::string in_a = a.submit(thread_name).result(), in_b = b.submit(thread_name).result();
    EXPECT_NE(in_a, in_b);
    EXPECT_TRUE(in_a.ends_with("_0")) << in_a;
    EXPECT_TRUE(in_b.ends_with("_0")) << in_b;
}

TEST(thread_pool_executor_test, a_prefix_too_long_for_the_system_keeps_the_index) {
    thread_pool_executor pool{{.max_workers = 1, .thread_name_prefix = "a-very-long-name-for-a-thread"}};
    const std::string name = pool.submit(thread_name).result();
    EXPECT_EQ(name, "a-very-long-n_0");
}

TEST(thread_pool_executor_test, leaving_scope_finishes_the_work_and_ends_the_threads) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{{.max_workers = 3, .thread_name_prefix = "scoped"}};
        for (int i = 0; i < 100; ++i) pool.submit([&] { ++ran; });
    }
    EXPECT_EQ(ran, 100);
    for (const auto& name : names_of_all_threads()) EXPECT_FALSE(name.starts_with("scoped")) << name;
}

TEST(thread_pool_executor_test, many_threads_may_submit_at_once) {
    constexpr int threads = 4, each = 2000;
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{3};
        std::vector<std::jthread> submitters;
        for (int t = 0; t < threads; ++t)
            submitters.emplace_back([&] {
                for (int i = 0; i < each; ++i) pool.submit([&] { ++ran; });
            });
    }
    EXPECT_EQ(ran, threads * each);
}

TEST(thread_pool_executor_test, pools_can_come_and_go_by_the_hundred) {
    for (int i = 0; i < 200; ++i) {
        thread_pool_executor pool{2};
        EXPECT_EQ(pool.submit([i] { return i; }).result(), i);
    }
}

TEST(thread_pool_executor_test, first_come_is_first_run) {
    gate door;
    std::vector<int> order;
    {
        thread_pool_executor pool{1};
        const opened_at_end guard(door);
        pool.submit([&] { door.wait(); });
        for (int i = 0; i < 50; ++i) pool.submit([&order, i] { order.push_back(i); });
    }
    for (int i = 0; i < 50; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
}
