#include "concur/threading/lock.hpp"

#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/interruptions.hpp"
#include "support/waiting_thread.hpp"

#include <array>
#include <condition_variable>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <random>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::lock;
using support::homed;
using support::manual_home;
using support::waiting_thread;

TEST(lock_test, it_takes_four_bytes_and_needs_no_code_before_main) {
    EXPECT_EQ(sizeof(lock), 4u);
    static constinit lock l;
    EXPECT_TRUE(l.try_acquire());
    l.release();
}

TEST(lock_test, one_has_it_at_a_time) {
    lock l;
    EXPECT_FALSE(l.locked());
    l.acquire();
    EXPECT_TRUE(l.locked());
    EXPECT_FALSE(l.try_acquire());
    EXPECT_FALSE(l.acquire(0s));
    EXPECT_FALSE(l.acquire(-1s));
    l.release();
    EXPECT_TRUE(l.acquire(0s));
    l.release();
}

// fact 91
TEST(lock_test, to_release_a_free_lock_is_an_error_and_it_stays_free) {
    lock l;
    try {
        l.release();
        FAIL() << "nothing was thrown";
    } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::operation_not_permitted);
    }
    EXPECT_FALSE(l.locked());
    EXPECT_TRUE(l.try_acquire());
    l.release();
    EXPECT_THROW(l.unlock(), std::system_error);
}

// fact 92
TEST(lock_test, a_time_out_too_long_for_the_clock_waits_for_ever_and_does_not_wrap) {
    lock l;
    EXPECT_TRUE(l.acquire(std::chrono::hours::max()));
    waiting_thread other([&] { EXPECT_TRUE(l.acquire(std::chrono::hours::max())); });
    EXPECT_TRUE(other.sleeps());
    l.release();
    other.join();
}

// fact 97
TEST(lock_test, one_that_is_held_may_be_destroyed) {
    auto l = std::make_unique<lock>();
    l->acquire();
    l.reset();
}

TEST(lock_test, another_thread_may_release_it) {
    lock l;
    l.acquire();
    std::jthread([&] { l.release(); }).join();
    EXPECT_FALSE(l.locked());
}

TEST(lock_test, a_thread_that_waits_gets_it_when_it_is_released) {
    lock l;
    l.acquire();
    waiting_thread other([&] { l.acquire(); });
    EXPECT_TRUE(other.sleeps());
    l.release();
    other.join();
    EXPECT_TRUE(l.locked());
}

TEST(lock_test, a_wait_ends_when_the_time_is_over) {
    lock l;
    l.acquire();
    const concur::deadline until(2ms);
    EXPECT_FALSE(l.acquire(2ms));
    EXPECT_TRUE(until.passed());
    l.release();
    EXPECT_FALSE(l.locked());
    EXPECT_TRUE(l.acquire(2ms));
}

TEST(lock_test, a_wait_ends_when_a_stop_is_asked_for) {
    lock l;
    l.acquire();
    std::stop_source stop;
    waiting_thread other([&] { EXPECT_FALSE(l.acquire(concur::none, stop.get_token())); });
    EXPECT_TRUE(other.sleeps());
    stop.request_stop();
    other.join();
    l.release();
    EXPECT_TRUE(l.acquire(concur::none, stop.get_token()));  // free, so there is nothing to wait for
}

TEST(lock_test, who_has_waited_for_a_millisecond_gets_it_though_others_would_be_faster) {
    lock l;
    l.acquire();
    waiting_thread other([&] { l.acquire(); });
    EXPECT_TRUE(other.sleeps());
    const concur::deadline old_enough(2ms);
    EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
    l.release();
    EXPECT_FALSE(l.try_acquire());
    other.join();
}

// fact 150
TEST(lock_test, waits_that_were_given_up_leave_nothing_behind) {
    lock l;
    l.acquire();
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(l.acquire(1us));
    EXPECT_TRUE(concur::line_at(&l).empty());
    l.release();
}

TEST(lock_test, threads_that_hold_it_see_one_another_s_work) {
    constexpr int threads_wanted = 4, each = 5'000;
    lock l;
    int count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < threads_wanted; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const std::scoped_lock held(l);
                ++count;
            }
        });
    threads.clear();
    EXPECT_EQ(count, threads_wanted * each);
    EXPECT_FALSE(l.locked());
}

TEST(lock_test, the_standard_s_guards_and_conditions_take_it) {
    lock a, b;
    {
        const std::scoped_lock both(a, b);
    }
    std::unique_lock held(a, 1s);
    EXPECT_TRUE(held.owns_lock());
    EXPECT_FALSE(a.try_lock());
    EXPECT_FALSE(a.try_lock_for(1us));
    EXPECT_FALSE(a.try_lock_until(std::chrono::system_clock::now() + 1ms));
    EXPECT_TRUE(b.try_lock_until(std::chrono::steady_clock::now() - 1h));
    EXPECT_FALSE(b.try_lock_until(std::chrono::steady_clock::time_point::min()));
    b.unlock();
    std::condition_variable_any changed;
    bool ready = false;
    std::jthread other([&] {
        const std::scoped_lock mine(a);
        ready = true;
        changed.notify_one();
    });
    changed.wait(held, [&] { return ready; });
}

homed hold(manual_home&, lock& l, int& steps, concur::timeout t = concur::none, std::stop_token stop = {}) {
    ++steps;
    const bool got = co_await l.async_acquire(t, stop);
    steps += got ? 10 : 100;
}

TEST(lock_test, a_coroutine_gets_a_free_lock_without_a_pause) {
    manual_home home;
    lock l;
    int steps = 0;
    const homed c = hold(home, l, steps);
    EXPECT_EQ(steps, 11);
    EXPECT_TRUE(l.locked());
}

TEST(lock_test, a_coroutine_that_waits_goes_on_in_its_home) {
    manual_home home;
    lock l;
    int steps = 0;
    l.acquire();
    const homed c = hold(home, l, steps);
    EXPECT_EQ(steps, 1);
    l.release();
    EXPECT_EQ(steps, 1);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(steps, 11);
    EXPECT_TRUE(l.locked());
}

TEST(lock_test, a_coroutine_that_finds_it_taken_once_more_waits_on) {
    manual_home home;
    lock l;
    int steps = 0;
    l.acquire();
    const homed c = hold(home, l, steps);
    l.release();
    if (!l.try_acquire()) GTEST_SKIP() << "the machine was slow, and the coroutine was given it";
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(steps, 1);
    l.release();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(steps, 11);
}

// fact 148
TEST(lock_test, threads_and_coroutines_stand_in_one_line_in_the_order_they_came) {
    manual_home home;
    lock l;
    int steps = 0;
    l.acquire();
    waiting_thread first([&] { l.acquire(); });
    EXPECT_TRUE(first.sleeps());
    const homed second = hold(home, l, steps);
    l.release();
    first.join();
    EXPECT_TRUE(home.empty());
    l.release();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(steps, 11);
}

TEST(lock_test, the_wait_of_a_coroutine_ends_when_the_time_is_over_or_a_stop_is_asked_for) {
    manual_home home;
    lock l;
    int late = 0, stopped = 0, polled = 0;
    l.acquire();
    std::stop_source stop;
    const homed a = hold(home, l, late, 1ms);
    const homed b = hold(home, l, stopped, 1h, stop.get_token());
    const homed c = hold(home, l, polled, 0s);
    EXPECT_EQ(polled, 101);
    EXPECT_TRUE(support::until([&] { return home.run_one(); }));
    EXPECT_EQ(late, 101);
    stop.request_stop();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(stopped, 101);
    EXPECT_TRUE(concur::line_at(&l).empty());
}

// fact 148
TEST(lock_test, a_coroutine_that_is_destroyed_while_its_turn_comes_passes_it_on) {
    manual_home home;
    lock l;
    int lost = 0, steps = 0;
    for (const bool is_old : {false, true}) {
        l.acquire();
        {
            const homed gone = hold(home, l, lost);
            const concur::deadline old_enough(is_old ? 2ms : 0ms);
            EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
            l.release();
        }
        EXPECT_TRUE(home.empty());
        EXPECT_FALSE(l.locked());
        l.acquire();
        auto first = std::make_unique<homed>(hold(home, l, lost));
        const homed second = hold(home, l, steps);
        l.release();
        first.reset();
        EXPECT_TRUE(home.run_one());
        EXPECT_TRUE(home.empty());
        l.release();
    }
    EXPECT_EQ(lost, 4);
    EXPECT_EQ(steps, 22);
}

// fact 150
TEST(lock_test, a_coroutine_that_is_destroyed_while_it_waits_leaves_the_line) {
    manual_home home;
    lock l;
    int steps = 0;
    l.acquire();
    {
        const homed gone = hold(home, l, steps, 1h);
    }
    EXPECT_TRUE(concur::line_at(&l).empty());
    l.release();
    EXPECT_FALSE(l.locked());
}

TEST(lock_test, where_its_home_takes_nothing_any_more_a_coroutine_goes_on_all_the_same) {
    manual_home home;
    lock l;
    int steps = 0;
    l.acquire();
    const homed c = hold(home, l, steps);
    home.shut = true;
    l.release();
    EXPECT_EQ(steps, 11);
}

TEST(lock_test, a_wait_outlasts_interruptions) {
    support::count_interruptions();
    lock l;
    l.acquire();
    waiting_thread other([&] { l.acquire(); });
    for (int i = 0; i < 100; ++i) {
        // A race detector keeps back what comes while the thread is on its way to sleep.
        EXPECT_TRUE(other.sleeps());
        support::interrupt(other.native_handle(), 1);
    }
    EXPECT_TRUE(other.sleeps());
    l.release();
    other.join();
}

void count_in_time(lock& l, int& count, int& got, unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 2'000; ++i) {
        if (!l.acquire(std::chrono::microseconds(random() % 60))) continue;
        ++count;
        ++got;
        l.release();
    }
}

support::task_coroutine<int> count_in_coroutine(lock& l, int& count, unsigned seed) {
    std::mt19937 random(seed);
    int got = 0;
    for (int i = 0; i < 500; ++i) {
        const bool is_timed = random() % 2 == 0;
        if (!co_await l.async_acquire(is_timed ? concur::timeout(std::chrono::microseconds(random() % 60))
                                               : concur::none))
            continue;
        ++count;
        ++got;
        l.release();
    }
    co_return got;
}

// facts 148, 150
TEST(lock_test, threads_and_coroutines_that_give_up_at_any_time_lose_no_turn) {
    lock l;
    int count = 0;
    std::array<int, 3> got{};
    int in_coroutines = 0;
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < got.size(); ++t) threads.emplace_back([&, t] { count_in_time(l, count, got[t], t); });
        auto a = count_in_coroutine(l, count, 7), b = count_in_coroutine(l, count, 8);
        in_coroutines = a.result() + b.result();
    }
    EXPECT_EQ(count, got[0] + got[1] + got[2] + in_coroutines);
    EXPECT_FALSE(l.locked());
    EXPECT_TRUE(concur::line_at(&l).empty());
}

}  // namespace
