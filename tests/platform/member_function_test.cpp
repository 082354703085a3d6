#include "concur/platform/member_function.hpp"

#include <bit>
#include <gtest/gtest.h>

namespace {

using namespace concur::platform;

struct left {
    virtual ~left() = default;
    virtual int drawn() { return 1; }
    int plain() { return 2; }
};
struct right {
    virtual ~right() = default;
    virtual int moved() { return 3; }
    int held() { return 4; }
};
struct both : left, right {
    int drawn() override { return 5; }
};

template <class P>
bool is_virtual(P pointer) {
    return names_virtual_function(std::bit_cast<member_function_words>(pointer));
}

TEST(member_function_test, a_virtual_function_is_told_from_another) {
    EXPECT_TRUE(is_virtual(&left::drawn));
    EXPECT_TRUE(is_virtual(&both::drawn));
    EXPECT_FALSE(is_virtual(&left::plain));
    EXPECT_FALSE(is_virtual(&right::held));
}

TEST(member_function_test, also_when_it_belongs_to_the_second_base) {
    EXPECT_TRUE(is_virtual(static_cast<int (both::*)()>(&right::moved)));
    EXPECT_FALSE(is_virtual(static_cast<int (both::*)()>(&right::held)));
}

TEST(member_function_test, the_null_pointer_is_an_address_of_0) {
    int (left::*null)() = nullptr;
    EXPECT_FALSE(is_virtual(null));
    EXPECT_EQ(std::bit_cast<member_function_words>(null).words[0], 0U);
}

}  // namespace
