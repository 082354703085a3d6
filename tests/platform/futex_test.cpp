#include "concur/platform/futex.hpp"

#include "concur/platform/clock.hpp"
#include "support/asleep.hpp"

#include <atomic>
#include <cerrno>
#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace concur::platform;

TEST(futex_test, it_does_not_sleep_where_the_word_holds_something_else) {
    const std::atomic<std::uint32_t> word{1};
    EXPECT_TRUE(futex_wait(&word, 2));
}

TEST(futex_test, it_says_that_the_time_is_over_and_not_before) {
    const std::atomic<std::uint32_t> word{1};
    const std::int64_t begin = steady_ns();
    while (futex_wait(&word, 1, 2'000'000)) {
    }
    EXPECT_GE(steady_ns() - begin, 2'000'000);
    EXPECT_FALSE(futex_wait(&word, 1, 0));
}

TEST(futex_test, a_wake_ends_the_sleep) {
    std::atomic<std::uint32_t> word{0};
    std::atomic<int> sleeper{0};
    std::thread waiting([&] {
        sleeper = support::this_thread_id();
        while (word.load() == 0) futex_wait(&word, 0);
    });
    while (sleeper == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(sleeper));
    word.store(1);
    futex_wake_one(&word);
    waiting.join();
}

TEST(futex_test, it_leaves_errno_as_it_was) {
    const std::atomic<std::uint32_t> word{1};
    errno = 77;
    futex_wait(&word, 2);
    futex_wait(&word, 1, 0);
    futex_wake_one(&word);
    EXPECT_EQ(errno, 77);
}

}  // namespace
