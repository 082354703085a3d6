#include "concur/core/function.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace {

using concur::function;

int twice(int n) { return 2 * n; }

TEST(function_test, one_of_nothing_is_empty_however_nothing_is_said) {
    int (*const no_function)(int) = nullptr;
    EXPECT_FALSE(function<int(int)>());
    EXPECT_FALSE(function<int(int)>(nullptr));
    EXPECT_FALSE(function<int(int)>(no_function));
    EXPECT_FALSE(function<int(int)>(std::function<int(int)>()));
}

TEST(function_test, calls_functions_lambdas_and_wrappers) {
    EXPECT_EQ(function<int(int)>(twice)(4), 8);
    EXPECT_EQ(function<int(int)>([](int n) { return n + 1; })(4), 5);
    EXPECT_EQ(function<int(int)>(std::function<int(int)>(twice))(3), 6);
    EXPECT_EQ(function<std::size_t(const std::string&)>(&std::string::size)("four"), 4u);
}

TEST(function_test, a_copy_has_a_state_of_its_own) {
    function<int()> counter = [n = 0]() mutable { return ++n; };
    EXPECT_EQ(counter(), 1);
    const function<int()> copy = counter;
    EXPECT_EQ(copy(), 2);
    EXPECT_EQ(counter(), 2);
}

TEST(function_test, one_that_gives_nothing_drops_what_its_callable_gives) {
    int called = 0;
    const function<void(int)> call = [&](int n) { return called = n; };
    call(7);
    EXPECT_EQ(called, 7);
}

TEST(function_test, can_be_assigned_moved_and_emptied) {
    function<int()> one = [] { return 1; };
    function<int()> other = [] { return 2; };
    one = std::move(other);
    EXPECT_EQ(one(), 2);
    one = nullptr;
    EXPECT_FALSE(one);
}

}  // namespace
