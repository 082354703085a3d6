#include "concur/core/outcome.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace {

using concur::outcome;

TEST(outcome_test, one_with_a_value_throws_nothing) {
    outcome<int> o;
    o.value.emplace(3);
    o.rethrow_error();
    EXPECT_EQ(o.value.get(), 3);
}

TEST(outcome_test, one_with_an_error_throws_it_each_time) {
    outcome<void> o;
    o.error = std::make_exception_ptr(std::out_of_range("far"));
    EXPECT_THROW(o.rethrow_error(), std::out_of_range);
    EXPECT_THROW(o.rethrow_error(), std::out_of_range);
    EXPECT_FALSE(o.value.has_value());
}

}  // namespace
