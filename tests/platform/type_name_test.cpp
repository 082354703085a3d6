#include "concur/platform/type_name.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace shop {
struct sold_out {};
}  // namespace shop

namespace {

using concur::platform::type_name;

TEST(type_name_test, types_are_named_as_a_person_writes_them) {
    EXPECT_EQ(type_name(typeid(int)), "int");
    EXPECT_EQ(type_name(typeid(shop::sold_out)), "shop::sold_out");
    EXPECT_TRUE(type_name(typeid(std::vector<int>)).starts_with("std::vector<int"));
    EXPECT_EQ(type_name(typeid(void)), "void");
}

TEST(type_name_test, an_exception_is_named_by_what_was_thrown) {
    EXPECT_EQ(type_name(std::make_exception_ptr(std::runtime_error("x"))), "std::runtime_error");
    EXPECT_EQ(type_name(std::make_exception_ptr(42)), "int");
    EXPECT_EQ(type_name(std::make_exception_ptr(shop::sold_out{})), "shop::sold_out");
}

TEST(type_name_test, no_exception_has_no_known_type) { EXPECT_EQ(type_name(std::exception_ptr()), "an unknown type"); }

}  // namespace
