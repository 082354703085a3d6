#include "concur/core/error.hpp"

#include <gtest/gtest.h>
#include <type_traits>

namespace {

using namespace concur;

template <class... E>
constexpr bool all_are_errors = (std::is_base_of_v<error, E> && ...);

TEST(error_test, every_error_of_the_library_is_an_error_and_a_runtime_error) {
    EXPECT_TRUE((std::is_base_of_v<std::runtime_error, error>));
    EXPECT_TRUE((all_are_errors<cancelled_error, timeout_error, invalid_state_error, executor_shutdown, broken_executor,
                                broken_thread_pool, queue_empty, queue_full, queue_shut_down>));
    EXPECT_TRUE((std::is_base_of_v<broken_executor, broken_thread_pool>));
}

TEST(error_test, the_plain_ones_say_what_happened) {
    EXPECT_STREQ(cancelled_error().what(), "the future was cancelled before it had a result");
    EXPECT_STREQ(timeout_error().what(), "the time is over and the future is not done");
    EXPECT_STREQ(timeout_error("2 (of 5)").what(), "2 (of 5)");
}

TEST(error_test, a_broken_executor_carries_what_broke_it) {
    const auto cause = std::make_exception_ptr(42);
    EXPECT_EQ(broken_thread_pool("broken", cause).cause(), cause);
    EXPECT_EQ(broken_executor("broken").cause(), nullptr);
    EXPECT_STREQ(broken_thread_pool("broken", cause).what(), "broken");
}

}  // namespace
