#include "concur/threading/local_values.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <thread>

namespace {

using concur::threading::local_key;
using concur::threading::local_value;

struct counted : local_value {
    explicit counted(int& n) : all(n) { ++all; }
    ~counted() override { --all; }
    int& all;
};

TEST(local_values_test, room_is_filled_or_left_again_by_who_has_made_it) {
    int live = 0;
    local_key k;
    k.make_room();
    EXPECT_EQ(k.find(), nullptr);
    EXPECT_THROW(k.make_room(), std::logic_error);
    k.take_back();
    k.make_room();
    auto value = std::make_unique<counted>(live);
    const local_value* const v = value.get();
    k.give(std::move(value));
    EXPECT_EQ(k.find(), v);
    k.drop();
    EXPECT_EQ(k.find(), nullptr);
    EXPECT_EQ(live, 0);
}

TEST(local_values_test, a_thread_sees_nothing_of_what_others_have_or_earlier_keys_had) {
    int live = 0;
    for (int i = 0; i < 3; ++i) {
        local_key k;
        EXPECT_EQ(k.find(), nullptr);
        k.make_room();
        k.give(std::make_unique<counted>(live));
        std::thread([&] { EXPECT_EQ(k.find(), nullptr); }).join();
        EXPECT_EQ(live, 1);
    }
    EXPECT_EQ(live, 0);
}

}  // namespace
