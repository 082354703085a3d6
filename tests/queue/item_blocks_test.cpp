#include "concur/queue/item_blocks.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <string>

namespace {

using concur::item_blocks;

TEST(item_blocks_test, the_first_goes_first_over_many_blocks) {
    item_blocks<std::string> items;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 200; ++i) items.push(std::to_string(i));
        for (int i = 0; i < 200; ++i) {
            EXPECT_EQ(items.front(), std::to_string(i));
            items.drop_front();
        }
    }
}

TEST(item_blocks_test, one_that_was_moved_from_is_empty_and_can_be_used) {
    for (const int taken : {0, 1, 63, 100}) {
        item_blocks<std::string> items;
        for (int i = 0; i < 100; ++i) items.push(std::to_string(i));
        for (int i = 0; i < taken; ++i) {
            static_cast<void>(items.front());
            items.drop_front();
        }
        item_blocks<std::string> moved(std::move(items));
        items.push("new");
        EXPECT_EQ(items.front(), "new");
        if (taken < 100) {
            EXPECT_EQ(moved.front(), std::to_string(taken));
        }
    }
}

TEST(item_blocks_test, it_destroys_what_is_left_and_nothing_else) {
    support::tracked::reset();
    const int before = support::tracked::live();
    {
        item_blocks<support::tracked> items;
        support::tracked one(1);
        support::tracked::fail_move(1);
        EXPECT_THROW(items.push(std::move(one)), support::move_failed);
        for (int i = 0; i < 300; ++i) items.push(support::tracked(i));
        for (int i = 0; i < 299; ++i) {
            EXPECT_EQ(items.front().value, i);
            items.drop_front();
        }
        EXPECT_EQ(support::tracked::live(), before + 2);
    }
    EXPECT_EQ(support::tracked::live(), before);
}

}  // namespace
