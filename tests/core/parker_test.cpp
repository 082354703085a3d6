#include "concur/core/parker.hpp"

#include "concur/platform/futex.hpp"
#include "support/asleep.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace concur;
using namespace std::chrono_literals;

TEST(parker_test, each_thread_has_one_of_its_own) {
    parker& mine = parker::mine();
    EXPECT_EQ(&parker::mine(), &mine);
    parker* other = nullptr;
    std::thread([&] { other = &parker::mine(); }).join();
    EXPECT_NE(other, &mine);
}

TEST(parker_test, one_that_was_unparked_before_does_not_sleep) {
    parker& mine = parker::mine();
    mine.prepare();
    mine.unpark();
    EXPECT_TRUE(mine.park());
    EXPECT_TRUE(mine.park(deadline::past()));
}

TEST(parker_test, it_gives_up_when_the_time_is_over) {
    parker& mine = parker::mine();
    mine.prepare();
    EXPECT_FALSE(mine.park(deadline::past()));
    const deadline until(2ms);
    EXPECT_FALSE(mine.park(until));
    EXPECT_TRUE(until.passed());
    mine.unpark();
    EXPECT_TRUE(mine.park());
}

TEST(parker_test, a_sleeper_is_woken_by_another_thread) {
    std::atomic<parker*> spot{nullptr};
    std::atomic<int> id{0};
    std::thread sleeper([&] {
        parker& mine = parker::mine();
        mine.prepare();
        id = support::this_thread_id();
        spot = &mine;
        EXPECT_TRUE(mine.park());
    });
    while (spot == nullptr) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    spot.load()->unpark();
    sleeper.join();
}

class parker_beside_test : public testing::Test {
protected:
    void SetUp() override {
        if (!platform::can_wait_on_either()) GTEST_SKIP() << "this kernel cannot wait on two words";
        mine.prepare();
    }

    parker& mine = parker::mine();
    std::atomic<std::uint32_t> word{7};
};

TEST_F(parker_beside_test, one_that_was_unparked_before_does_not_sleep) {
    mine.unpark();
    EXPECT_EQ(mine.park_beside(deadline::never(), &word, 7), parker::woken::here);
    EXPECT_EQ(mine.park_beside(deadline::past(), &word, 8), parker::woken::here);
}

TEST_F(parker_beside_test, a_word_that_has_changed_before_lets_nobody_sleep) {
    EXPECT_EQ(mine.park_beside(deadline::never(), &word, 8), parker::woken::beside);
}

TEST_F(parker_beside_test, it_gives_up_when_the_time_is_over) {
    const deadline until(2ms);
    parker::woken how = parker::woken::beside;
    while (how == parker::woken::beside) how = mine.park_beside(until, &word, 7);
    EXPECT_EQ(how, parker::woken::too_late);
    EXPECT_TRUE(until.passed());
    mine.unpark();
    EXPECT_TRUE(mine.park());
}

TEST_F(parker_beside_test, a_sleeper_is_woken_by_its_own_word) {
    const int id = support::this_thread_id();
    std::thread waker([&] {
        EXPECT_TRUE(support::until_asleep(id));
        mine.unpark();
    });
    while (mine.park_beside(deadline::never(), &word, 7) != parker::woken::here) continue;
    waker.join();
}

TEST_F(parker_beside_test, a_sleeper_is_woken_by_the_word_beside_it) {
    const int id = support::this_thread_id();
    std::thread waker([&] {
        EXPECT_TRUE(support::until_asleep(id));
        word = 8;
        platform::shared_futex_wake(&word);
    });
    while (word == 7) EXPECT_EQ(mine.park_beside(deadline::never(), &word, 7), parker::woken::beside);
    waker.join();
    mine.unpark();
}

TEST(parker_test, a_wake_that_comes_as_the_time_runs_out_is_seen_or_can_be_waited_for) {
    for (int i = 0; i < 300; ++i) {
        parker& mine = parker::mine();
        mine.prepare();
        std::thread waker([&] { mine.unpark(); });
        const bool in_time = mine.park(deadline(std::chrono::microseconds(i % 100)));
        EXPECT_TRUE(in_time || mine.park());
        waker.join();
    }
}

TEST(parker_test, a_later_thread_finds_the_parker_of_an_earlier_one_as_good_as_new) {
    for (int i = 0; i < 20; ++i)
        std::thread([] {
            parker& mine = parker::mine();
            mine.prepare();
            EXPECT_FALSE(mine.park(deadline(1us)));
            mine.unpark();
        }).join();
}

}  // namespace
