// What a task costs in memory, once there have been others: nothing that operator new is asked for.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/platform/memory.hpp"
#include "support/allocations.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace {

using concur::future;
using concur::thread_pool_executor;

class thread_pool_executor_allocation_test : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        if (!concur::platform::may_keep_memory()) GTEST_SKIP() << "nothing that is freed is used again here";
    }
    thread_pool_executor pool{GetParam()};
    // Blocks that a thread has at hand, where others do not find them.
    std::size_t kept_by_threads = 64 * (static_cast<std::size_t>(GetParam()) + 1);
};

TEST_P(thread_pool_executor_allocation_test, one_after_the_other) {
    for (int i = 0; i < 1'000; ++i) pool.submit([i] { return i; }).result();
    const std::size_t before = support::allocations::count();
    for (int i = 0; i < 10'000; ++i) pool.submit([i] { return i; }).result();
    EXPECT_LE(support::allocations::count() - before, kept_by_threads);
}

TEST_P(thread_pool_executor_allocation_test, very_many_at_once) {
    constexpr int tasks = 200'000;
    std::vector<future<int>> futures;
    futures.reserve(tasks);
    const auto round = [&] {
        for (int i = 0; i < tasks; ++i) futures.push_back(pool.submit([i] { return i; }));
        long sum = 0;
        for (const auto& f : futures) sum += f.result();
        futures.clear();
        return sum;
    };
    round();
    const std::size_t before = support::allocations::count();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(round(), tasks * (tasks - 1L) / 2);
    EXPECT_LE(support::allocations::count() - before, kept_by_threads);
}

TEST_P(thread_pool_executor_allocation_test, tasks_that_nobody_waits_for) {
    const auto round = [&] {
        for (int i = 0; i < 1'000; ++i) pool.submit([] {});
        pool.submit([] {}).result();
    };
    for (int i = 0; i < 20; ++i) round();
    const std::size_t before = support::allocations::count();
    for (int i = 0; i < 20; ++i) round();
    EXPECT_LE(support::allocations::count() - before, 1'001 + kept_by_threads) << "of 20,020";
}

INSTANTIATE_TEST_SUITE_P(with, thread_pool_executor_allocation_test, testing::Values(1, 2, 4),
                         [](const auto& param) { return std::to_string(param.param) + "_workers"; });

}  // namespace
