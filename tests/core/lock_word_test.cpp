#include "concur/core/lock_word.hpp"

#include "support/asleep.hpp"

#include <array>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using namespace concur;

TEST(lock_word_test, it_takes_four_bytes_and_needs_no_code_before_main) {
    EXPECT_EQ(sizeof(lock_word), 4u);
    static constinit lock_word word;
    EXPECT_TRUE(word.try_acquire());
    word.release();
}

TEST(lock_word_test, only_one_has_it) {
    lock_word lock;
    EXPECT_TRUE(lock.try_acquire());
    EXPECT_FALSE(lock.try_acquire());
    lock.release();
    EXPECT_TRUE(lock.try_acquire());
    lock.release();
}

TEST(lock_word_test, threads_that_hold_it_see_one_another_s_work) {
    constexpr int threads_wanted = 4, each = 5'000;
    lock_word lock;
    int count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < threads_wanted; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const holding h(lock);
                ++count;
            }
        });
    threads.clear();
    EXPECT_EQ(count, threads_wanted * each);
}

TEST(lock_word_test, a_thread_that_sleeps_for_it_is_woken_by_the_release) {
    lock_word lock;
    lock.acquire();
    std::vector<std::jthread> threads;
    std::array<std::atomic<int>, 3> ids{};
    std::atomic<int> got{0};
    for (auto& id : ids)
        threads.emplace_back([&] {
            id = support::this_thread_id();
            const holding h(lock);
            ++got;
        });
    for (auto& id : ids) {
        while (id == 0) std::this_thread::yield();
        EXPECT_TRUE(support::until_asleep(id));
    }
    EXPECT_EQ(got, 0);
    lock.release();
    threads.clear();
    EXPECT_EQ(got, 3);
}

TEST(lock_word_test, holding_lets_go_at_the_end_or_before_it_and_can_take_it_again) {
    lock_word lock;
    {
        holding h(lock);
        EXPECT_FALSE(lock.try_acquire());
        h.release();
        EXPECT_TRUE(lock.try_acquire());
        lock.release();
        h.acquire(lock);
        EXPECT_FALSE(lock.try_acquire());
    }
    EXPECT_TRUE(lock.try_acquire());
    lock.release();
}

}  // namespace
