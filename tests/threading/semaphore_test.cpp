#include "concur/threading/semaphore.hpp"

#include "support/homed.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::bounded_semaphore;
using concur::threading::semaphore;
using support::homed;
using support::manual_home;
using support::waiting_thread;

int permits_of(semaphore& s) {
    int n = 0;
    while (s.try_acquire()) ++n;
    if (n > 0) s.release(n);
    return n;
}

TEST(semaphore_test, it_has_one_permit_or_as_many_as_it_is_told) {
    semaphore one, none(0), three(3);
    EXPECT_EQ(permits_of(one), 1);
    EXPECT_EQ(permits_of(none), 0);
    EXPECT_EQ(permits_of(three), 3);
    EXPECT_THROW(semaphore(-1), std::invalid_argument);
    EXPECT_THROW(semaphore(semaphore::max() + 1), std::invalid_argument);
    semaphore many(semaphore::max());
    EXPECT_TRUE(many.try_acquire());
}

// fact 96
TEST(semaphore_test, to_release_none_or_too_many_is_an_error_and_changes_nothing) {
    semaphore s(2), full(semaphore::max());
    EXPECT_THROW(s.release(0), std::invalid_argument);
    EXPECT_THROW(s.release(-1), std::invalid_argument);
    EXPECT_THROW(s.release(semaphore::max()), std::logic_error);
    EXPECT_THROW(full.release(), std::logic_error);
    EXPECT_EQ(permits_of(s), 2);
    bounded_semaphore b(2);
    EXPECT_THROW(b.release(), std::logic_error);
    b.acquire();
    EXPECT_THROW(b.release(2), std::logic_error);
    EXPECT_EQ(permits_of(b), 1);
    b.release();
    EXPECT_EQ(permits_of(b), 2);
}

// fact 96
TEST(semaphore_test, a_release_of_n_lets_n_of_those_who_wait_go_on) {
    semaphore s(0);
    std::atomic<int> got{0};
    std::vector<std::unique_ptr<waiting_thread>> threads;
    for (int i = 0; i < 5; ++i)
        threads.push_back(std::make_unique<waiting_thread>([&] {
            s.acquire();
            ++got;
        }));
    for (auto& t : threads) EXPECT_TRUE(t->sleeps());
    s.release(3);
    EXPECT_TRUE(support::until([&] { return got == 3; }));
    EXPECT_FALSE(s.try_acquire());
    s.release(3);
    for (auto& t : threads) t->join();
    EXPECT_EQ(permits_of(s), 1);
}

TEST(semaphore_test, no_more_than_its_permits_are_inside_at_a_time) {
    constexpr int each = 3'000;
    semaphore s(2);
    std::atomic<int> inside{0}, most{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < each; ++i) {
                    s.acquire();
                    const int now = ++inside;
                    if (now > most) most = now;
                    --inside;
                    s.release();
                }
            });
    }
    EXPECT_LE(most, 2);
    EXPECT_EQ(permits_of(s), 2);
}

TEST(semaphore_test, a_wait_ends_when_the_time_is_over_or_a_stop_is_asked_for) {
    semaphore s(0);
    EXPECT_FALSE(s.acquire(0s));
    EXPECT_FALSE(s.acquire(-1s));
    EXPECT_FALSE(s.try_acquire_for(1ms));
    std::stop_source stop;
    waiting_thread other([&] { EXPECT_FALSE(s.acquire(1h, stop.get_token())); });
    EXPECT_TRUE(other.sleeps());
    stop.request_stop();
    other.join();
    s.release();
    EXPECT_EQ(permits_of(s), 1);
}

homed take(manual_home&, semaphore& s, int& taken) {
    const bool got = co_await s.async_acquire();
    if (got) ++taken;
}

// fact 148
TEST(semaphore_test, a_coroutine_that_is_destroyed_while_its_permit_comes_passes_it_on) {
    manual_home home;
    semaphore s(0);
    int lost = 0, taken = 0;
    for (const auto age : {0ms, 2ms}) {
        auto first = std::make_unique<homed>(take(home, s, lost));
        const homed second = take(home, s, taken);
        const concur::deadline old_enough(age);
        EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
        s.release();
        first.reset();
        EXPECT_TRUE(home.run_one());
        EXPECT_TRUE(home.empty());
        {
            const homed third = take(home, s, lost);
        }
        s.release();
        EXPECT_EQ(permits_of(s), 1);
        s.acquire();
    }
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(taken, 2);
}

// fact 150
TEST(semaphore_test, waits_that_were_given_up_leave_nothing_behind) {
    semaphore s(0);
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(s.acquire(1us));
    EXPECT_TRUE(concur::line_at(&s).empty());
    s.release();
    EXPECT_EQ(permits_of(s), 1);
}

TEST(semaphore_test, a_permit_can_be_waited_for_until_a_moment) {
    semaphore s(1);
    EXPECT_TRUE(s.try_acquire_until(std::chrono::steady_clock::now() + 1h));
    EXPECT_FALSE(s.try_acquire_until(std::chrono::system_clock::now() + 1ms));
    EXPECT_FALSE(s.try_acquire_until(std::chrono::steady_clock::time_point::min()));
}

}  // namespace
