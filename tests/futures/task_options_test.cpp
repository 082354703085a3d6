#include "concur/futures/task_options.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur;
using namespace std::chrono_literals;

TEST(task_options_test, what_is_not_said_is_as_in_python) {
    const task_options task;
    EXPECT_TRUE(task.timeout.is_endless());
    EXPECT_EQ(task.priority, 0);
    EXPECT_TRUE(task.name.empty());
    const map_options map;
    EXPECT_TRUE(map.timeout.is_endless());
    EXPECT_EQ(map.chunksize, 1);
    EXPECT_FALSE(map.buffersize.has_value());
    EXPECT_TRUE(map.ordered);
    const shutdown_options end;
    EXPECT_TRUE(end.wait);
    EXPECT_FALSE(end.cancel_futures);
}

TEST(task_options_test, each_can_be_said_by_its_name) {
    const task_options task{.timeout = 2s, .priority = -1, .name = "parse"};
    EXPECT_EQ(task.timeout.ns(), 2'000'000'000);
    const map_options map{.timeout = 5s, .chunksize = 64, .buffersize = 256, .ordered = false};
    EXPECT_EQ(map.buffersize, 256);
    const shutdown_options end{.wait = false, .cancel_futures = true};
    EXPECT_TRUE(end.cancel_futures);
}

}  // namespace
