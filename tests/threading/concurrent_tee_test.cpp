#include "concur/threading/concurrent_tee.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using concur::threading::concurrent_tee;

std::vector<int> up_to(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 1);
    return all;
}

TEST(concurrent_tee_test, each_view_gives_all_items_in_order_to_a_thread_of_its_own) {
    constexpr int n = 5'000;
    auto views = concurrent_tee(up_to(n), 3);
    ASSERT_EQ(views.size(), 3U);
    std::vector<std::vector<int>> read(3);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 3; ++i)
            threads.emplace_back([&, i] {
                for (const int item : views[i]) read[i].push_back(item);
            });
    }
    for (const auto& all : read) EXPECT_EQ(all, up_to(n));
    EXPECT_EQ(views[0].kept(), 0U);
}

TEST(concurrent_tee_test, items_are_kept_until_the_slowest_has_read_them) {
    auto views = concurrent_tee(up_to(4));
    EXPECT_EQ(views[0].next(), 1);
    EXPECT_EQ(views[0].next(), 2);
    EXPECT_EQ(views[0].kept(), 2U);
    EXPECT_EQ(views[1].next(), 1);
    EXPECT_EQ(views[0].kept(), 1U);
    views.pop_back();
    EXPECT_EQ(views[0].kept(), 0U);
    EXPECT_EQ(views[0].next(), 3);
    EXPECT_EQ(views[0].kept(), 0U);
}

TEST(concurrent_tee_test, a_copy_goes_on_from_where_the_view_is) {
    auto views = concurrent_tee(up_to(3), 1);
    EXPECT_EQ(views[0].next(), 1);
    auto copy = views[0];
    EXPECT_EQ(views[0].next(), 2);
    EXPECT_EQ(copy.next(), 2);
    copy = std::move(views[0]);
    EXPECT_EQ(copy.next(), 3);
    EXPECT_FALSE(copy.next());
    EXPECT_FALSE(copy.next());
}

TEST(concurrent_tee_test, no_views_are_none_and_fewer_are_an_error) {
    EXPECT_TRUE(concurrent_tee(up_to(3), 0).empty());
    std::vector<int> there{1, 2};
    EXPECT_THROW(concurrent_tee(there, -1), std::invalid_argument);
    EXPECT_EQ(concurrent_tee(there)[1].next(), 1);
}

}  // namespace
