#include "concur/core/fifo.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace {

using concur::fifo;

TEST(fifo_test, gives_what_came_first) {
    fifo<int> line;
    for (int i = 0; i < 100; ++i) line.push(i);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(line.size(), 100u - static_cast<unsigned>(i));
        EXPECT_EQ(line.front(), i);
        EXPECT_EQ(line.pop(), i);
    }
    EXPECT_TRUE(line.empty());
}

TEST(fifo_test, holds_what_only_moves_and_mixes_pushes_with_pops) {
    fifo<std::unique_ptr<int>> line;
    int next = 0;
    for (int i = 0; i < 1'000; ++i) {
        line.push(std::make_unique<int>(i));
        if (i % 3 == 0) continue;
        EXPECT_EQ(*line.pop(), next++);
    }
    int left = 0;
    for (const auto& item : line) EXPECT_EQ(*item, next + left++);
    EXPECT_EQ(static_cast<std::size_t>(left), line.size());
}

}  // namespace
