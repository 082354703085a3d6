#include "concur/core/share_count.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using concur::share_count;

TEST(share_count_test, the_maker_has_the_first_share) {
    share_count c;
    EXPECT_TRUE(c.drop());
}

TEST(share_count_test, only_the_last_to_drop_a_share_is_told_so) {
    share_count c;
    c.add();
    EXPECT_FALSE(c.drop());
    EXPECT_TRUE(c.drop());
}

TEST(share_count_test, who_comes_too_late_gets_no_share) {
    share_count c;
    EXPECT_TRUE(c.add_if_any());
    EXPECT_FALSE(c.drop());
    EXPECT_TRUE(c.drop());
    EXPECT_FALSE(c.add_if_any());
}

TEST(share_count_test, of_many_threads_one_drops_the_last) {
    share_count c;
    for (int i = 0; i < 3; ++i) c.add();
    std::atomic<int> last{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { last += c.drop() ? 1 : 0; });
    threads.clear();
    EXPECT_EQ(last, 1);
}

}  // namespace
