#include "concur/core/callable.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace {

using namespace concur;

void plain() {}

struct counter {
    void count() {}
};

template <class F>
std::string refusal(const F& fn) {
    try {
        reject_empty(fn, "give it a function");
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "taken";
}

TEST(callable_test, what_holds_nothing_is_refused_with_the_message_given) {
    EXPECT_EQ(refusal(std::function<void()>{}), "give it a function");
    EXPECT_EQ(refusal(static_cast<void (*)()>(nullptr)), "give it a function");
    EXPECT_EQ(refusal(static_cast<void (counter::*)()>(nullptr)), "give it a function");
}

TEST(callable_test, what_holds_a_function_is_taken) {
    EXPECT_EQ(refusal(std::function<void()>{plain}), "taken");
    EXPECT_EQ(refusal(&plain), "taken");
    EXPECT_EQ(refusal(plain), "taken");
    EXPECT_EQ(refusal(&counter::count), "taken");
}

TEST(callable_test, a_function_object_that_cannot_be_empty_is_never_asked) {
    const auto lambda = [] { return false; };
    EXPECT_FALSE(may_be_empty<decltype(lambda)>);
    EXPECT_EQ(refusal(lambda), "taken");
    EXPECT_EQ(refusal(std::plus<>{}), "taken");
}

}  // namespace
