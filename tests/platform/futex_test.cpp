#include "concur/platform/futex.hpp"

#include "concur/platform/clock.hpp"
#include "concur/platform/shared_memory.hpp"
#include "support/asleep.hpp"
#include "support/injected.hpp"

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

// One word, seen through two mappings: a private futex would not find its sleeper.
TEST(futex_test, a_shared_sleep_is_ended_through_another_mapping_of_the_word) {
    const segment s = create_segment(64);
    const mapping other = map_segment(s.file, 64, access::read_write);
    auto& here = *reinterpret_cast<std::atomic<std::uint32_t>*>(s.memory.data());
    auto& there = *reinterpret_cast<std::atomic<std::uint32_t>*>(other.data());
    std::atomic<int> sleeper{0};
    std::thread waiting([&] {
        sleeper = support::this_thread_id();
        while (here.load() == 0) shared_futex_wait(&here, 0);
    });
    while (sleeper == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(sleeper));
    there.store(1);
    shared_futex_wake(&there);
    waiting.join();
}

TEST(futex_test, a_shared_sleep_has_an_end_too) {
    const std::atomic<std::uint32_t> word{1};
    EXPECT_TRUE(shared_futex_wait(&word, 2));
    EXPECT_FALSE(shared_futex_wait(&word, 1, 0));
    const std::int64_t begin = steady_ns();
    while (shared_futex_wait(&word, 1, 2'000'000)) {
    }
    EXPECT_GE(steady_ns() - begin, 2'000'000);
}

TEST(futex_test, a_sleep_can_be_made_to_end_for_no_reason) {
    const support::injected interruption(system_call::futex, EINTR, 1, true);
    const std::uint32_t word = 0;
    EXPECT_TRUE(futex_wait(&word, 0));
    EXPECT_TRUE(shared_futex_wait(&word, 0));
}

}  // namespace
