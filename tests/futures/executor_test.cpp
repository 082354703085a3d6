#include "concur/futures/executor.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace concur;
using support::manual_executor;

// Code written against the interface alone.
int sum_of_squares(executor& where, int n) {
    std::vector<future<int>> parts;
    for (int i = 1; i <= n; ++i) parts.push_back(where.submit([](int k) { return k * k; }, i));
    int sum = 0;
    for (const auto& f : parts) sum += f.result();
    return sum;
}

TEST(executor_test, code_written_against_it_runs_on_any) {
    thread_pool_executor pool{2};
    EXPECT_EQ(sum_of_squares(pool, 10), 385);
    std::unique_ptr<executor> owned = std::make_unique<thread_pool_executor>(1);
    EXPECT_EQ(sum_of_squares(*owned, 3), 14);
    owned->shutdown();
    EXPECT_THROW(owned->submit([] {}), executor_shutdown);
}

TEST(executor_test, submit_never_waits_for_the_call) {
    manual_executor executor;
    const auto f = executor.submit([] { return 1; });
    EXPECT_FALSE(f.done());
    EXPECT_FALSE(f.running());
    EXPECT_EQ(executor.run_all(), 1);
    EXPECT_TRUE(f.done());
}

TEST(executor_test, options_come_first_and_say_the_priority) {
    manual_executor executor;
    const auto f = executor.submit(task_options{.priority = 7, .name = "x"}, [](int i) { return i; }, 3);
    EXPECT_EQ(executor.last_priority, 7);
    executor.submit([] {});
    EXPECT_EQ(executor.last_priority, 0);
    executor.run_all();
    EXPECT_EQ(f.result(), 3);
}

// fact 33
TEST(executor_test, a_callable_may_take_options_or_an_executor_itself) {
    manual_executor executor;
    const auto named = executor.submit([](const task_options& o) { return o.name; }, task_options{.name = "mine"});
    const auto chunked = executor.submit([](map_options o) { return o.chunksize; }, map_options{.chunksize = 5});
    const auto through = executor.submit([](concur::executor& e) { return &e; }, std::ref<concur::executor>(executor));
    executor.run_all();
    EXPECT_EQ(named.result(), "mine");
    EXPECT_EQ(chunked.result(), 5);
    EXPECT_EQ(through.result(), &executor);
}

TEST(executor_test, an_empty_callable_is_refused_and_nothing_is_submitted) {
    manual_executor executor;
    EXPECT_THROW(executor.submit(std::function<void()>{}), std::invalid_argument);
    EXPECT_THROW(executor.submit(static_cast<int (*)(int)>(nullptr), 1), std::invalid_argument);
    EXPECT_THROW(executor.submit(task_options{}, std::function<void()>{}), std::invalid_argument);
    EXPECT_THROW(executor.map(std::function<int(int)>{}, std::vector{1, 2}), std::invalid_argument);
    EXPECT_EQ(executor.posted, 0);
}

TEST(executor_test, a_task_may_submit_to_the_executor_that_runs_it) {
    manual_executor executor;
    const auto outer = executor.submit([&] { return executor.submit([] { return 5; }); });
    EXPECT_EQ(executor.run_all(), 2);
    EXPECT_EQ(outer.result().result(), 5);
}

}  // namespace
