#include "concur/futures/loop.hpp"

#include "concur/executors/thread_pool_executor.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace {

using concur::loop;

// Notes the blocks that it is given.
struct noted final : loop {
    noted(std::size_t count, std::size_t workers, std::optional<long> chunksize)
        : loop(&note, count, workers, chunksize, {}) {}
    static void note(loop& l, std::size_t from, std::size_t to) {
        auto& self = static_cast<noted&>(l);
        const std::lock_guard held(self.lock);
        self.blocks.emplace_back(from, to);
    }
    std::mutex lock;
    std::vector<std::pair<std::size_t, std::size_t>> blocks;
};

TEST(loop_test, its_blocks_are_as_large_as_it_is_told) {
    concur::thread_pool_executor pool(1);
    noted l(25, 1, 10);
    EXPECT_TRUE(l.run(pool));
    using blocks = std::vector<std::pair<std::size_t, std::size_t>>;
    EXPECT_EQ(l.blocks, (blocks{{0, 10}, {10, 20}, {20, 25}}));
}

TEST(loop_test, blocks_by_time_grow_but_leave_something_for_each_worker) {
    concur::thread_pool_executor pool(1);
    noted l(1'000'000, 4, std::nullopt);
    l.run(pool);
    std::size_t at = 0;
    std::size_t largest = 0;
    for (const auto& [from, to] : l.blocks) {
        EXPECT_EQ(from, at);
        at = to;
        largest = std::max(largest, to - from);
    }
    EXPECT_EQ(at, 1'000'000u);
    EXPECT_EQ(l.blocks.front(), (std::pair<std::size_t, std::size_t>{0, 1}));
    EXPECT_LE(largest, 1'000'000u / 64 + 1);
}

TEST(loop_test, an_empty_one_needs_no_pool) {
    concur::thread_pool_executor pool(1);
    noted l(0, 1, std::nullopt);
    EXPECT_TRUE(l.run(pool));
    EXPECT_TRUE(l.blocks.empty());
    EXPECT_EQ(pool.worker_count(), 0);
}

}  // namespace
