#include "concur/core/atomic.hpp"

#include <gtest/gtest.h>
#include <type_traits>

namespace {

TEST(atomic_test, it_is_the_standard_s_where_no_model_checker_looks) {
    EXPECT_TRUE((std::is_same_v<concur::atomic<int>, std::atomic<int>>));
    EXPECT_TRUE(concur::atomic<std::uint32_t>::is_always_lock_free);
    EXPECT_EQ(sizeof(concur::atomic<std::uint32_t>), 4u);
}

}  // namespace
