#include "concur/futures/future_state.hpp"

#include "concur/futures/future.hpp"

#include <gtest/gtest.h>
#include <type_traits>

namespace {

using namespace concur;

TEST(future_state_test, what_result_gives_on_a_future_that_stays_is_a_reference_to_the_value) {
    EXPECT_TRUE((std::is_same_v<shared_result<int>::type, const int&>));
    EXPECT_TRUE((std::is_same_v<shared_result<const int>::type, const int&>));
    EXPECT_TRUE((std::is_same_v<shared_result<int&>::type, int&>));
    EXPECT_TRUE((std::is_same_v<shared_result<const int&>::type, const int&>));
    EXPECT_TRUE((std::is_same_v<shared_result<void>::type, void>));
}

TEST(future_state_test, a_returned_future_is_seen_through_by_one_layer) {
    EXPECT_TRUE((std::is_same_v<unwrapped<future<int>>::type, int>));
    EXPECT_TRUE((std::is_same_v<unwrapped<future<future<int>>>::type, future<int>>));
    EXPECT_TRUE((std::is_same_v<unwrapped<int>::type, int>));
    EXPECT_TRUE(unwrapped<future<void>>::was_future);
    EXPECT_FALSE(unwrapped<void>::was_future);
}

TEST(future_state_test, it_keeps_the_value_beside_the_core) {
    auto* const state = new future_state<int>(1);
    const future<int> f(state);
    EXPECT_FALSE(state->value.has_value());
    EXPECT_TRUE(state->start());
    state->value.emplace(3);
    state->finish();
    EXPECT_EQ(f.result(), 3);
}

}  // namespace
