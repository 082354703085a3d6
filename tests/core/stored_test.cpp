#include "concur/core/stored.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <string>

namespace {

using concur::store_result;
using concur::stored;
using support::move_only;
using support::tracked;

TEST(stored_test, a_value_is_made_in_place_read_and_taken) {
    stored<std::string> room;
    EXPECT_FALSE(room.has_value());
    room.emplace(3u, 'x');
    EXPECT_TRUE(room.has_value());
    EXPECT_EQ(room.get(), "xxx");
    room.ref() += "y";
    EXPECT_EQ(room.take(), "xxxy");
    EXPECT_TRUE(room.has_value());
}

TEST(stored_test, a_value_that_only_moves_or_is_const_can_be_stored) {
    stored<move_only> moving;
    moving.emplace(move_only(4));
    EXPECT_EQ(moving.take().value, 4);
    EXPECT_EQ(moving.get().value, -1);
    stored<const int> fixed;
    fixed.emplace(5);
    EXPECT_EQ(fixed.get(), 5);
}

TEST(stored_test, a_reference_stays_a_reference) {
    int target = 1;
    stored<int&> room;
    EXPECT_FALSE(room.has_value());
    room.emplace(target);
    room.get() = 2;
    EXPECT_EQ(target, 2);
    EXPECT_EQ(&room.take(), &target);
    EXPECT_EQ(&room.ref(), &target);
    EXPECT_TRUE(room.has_value());
}

TEST(stored_test, nothing_can_be_stored_too) {
    stored<void> room;
    EXPECT_FALSE(room.has_value());
    room.emplace();
    EXPECT_TRUE(room.has_value());
    room.get();
    room.take();
}

TEST(stored_test, store_result_keeps_what_the_function_returned) {
    stored<int> number;
    store_result(number, [] { return 6; });
    EXPECT_EQ(number.get(), 6);
    stored<void> nothing;
    bool called = false;
    store_result(nothing, [&] { called = true; });
    EXPECT_TRUE(called && nothing.has_value());
    int target = 0;
    stored<int&> reference;
    store_result(reference, [&]() -> int& { return target; });
    EXPECT_EQ(&reference.get(), &target);
}

TEST(stored_test, a_function_that_throws_leaves_the_room_empty) {
    stored<int> number;
    EXPECT_THROW(store_result(number, []() -> int { throw 1; }), int);
    EXPECT_FALSE(number.has_value());
    stored<void> nothing;
    EXPECT_THROW(store_result(nothing, [] { throw 1; }), int);
    EXPECT_FALSE(nothing.has_value());
}

TEST(stored_test, a_move_that_throws_leaves_the_room_empty) {
    tracked::reset();
    const int before = tracked::live();
    {
        stored<tracked> room;
        tracked::fail_move(1);
        EXPECT_THROW(store_result(room, [] { return tracked(1); }), support::move_failed);
        EXPECT_FALSE(room.has_value());
    }
    EXPECT_EQ(tracked::live(), before);
    tracked::reset();
}

}  // namespace
