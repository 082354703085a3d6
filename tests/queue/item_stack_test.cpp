#include "concur/queue/item_stack.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>

namespace {

TEST(item_stack_test, the_last_goes_first_and_growing_moves_no_item_that_may_throw) {
    support::tracked::reset();
    concur::item_stack<support::tracked> items;
    for (int i = 0; i < 100; ++i) items.push(support::tracked(i));
    EXPECT_EQ(support::tracked::moves(), 100);
    for (int i = 99; i >= 0; --i) {
        EXPECT_EQ(items.front().value, i);
        items.drop_front();
    }
}

}  // namespace
