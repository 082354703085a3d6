// A condition over locks of others, and as a lock itself.
#include "concur/threading/condition.hpp"
#include "concur/threading/shared_lock.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>

namespace {

using namespace std::chrono_literals;
using concur::threading::condition;
using support::waiting_thread;

static_assert(!std::is_constructible_v<condition, condition&>, "it is not copied, nor over another condition");

TEST(condition_over_other_locks_test, it_can_be_over_any_lock) {
    std::mutex m;
    concur::threading::shared_lock s;
    std::timed_mutex timed;
    condition over_std(m), over_shared(s), over_timed(timed);
    for (condition* c : {&over_std, &over_shared, &over_timed}) {
        bool there = false;
        waiting_thread sleeper([&] {
            const std::scoped_lock held(*c);
            EXPECT_TRUE(c->wait_for([&] { return there; }));
        });
        EXPECT_TRUE(sleeper.sleeps());
        {
            const std::scoped_lock held(*c);
            there = true;
            c->notify();
        }
        sleeper.join();
        EXPECT_THROW((void)c->async_wait(), std::logic_error);
        EXPECT_THROW((void)c->async_acquire(), std::logic_error);
    }
    EXPECT_THROW((void)over_std.locked(), std::logic_error);
    EXPECT_THROW((void)over_std.acquire(1ms), std::logic_error);
    EXPECT_TRUE(over_timed.acquire(1ms));
    over_timed.release();
}

TEST(condition_over_other_locks_test, over_a_lock_with_time_outs_no_time_out_waits_for_ever_and_long_ones_do_not_wrap) {
    std::timed_mutex m;
    condition c(m);
    m.lock();
    std::atomic<int> got{0};
    waiting_thread one([&] {
        EXPECT_TRUE(c.acquire(concur::none));
        ++got;
        c.release();
    });
    waiting_thread two([&] {
        EXPECT_TRUE(c.acquire(std::chrono::hours{24 * 365 * 290}));
        ++got;
        c.release();
    });
    EXPECT_TRUE(one.sleeps() && two.sleeps());
    EXPECT_EQ(got, 0);
    m.unlock();
    one.join();
    two.join();
}

TEST(condition_over_other_locks_test, it_takes_a_moment_as_the_standard_s_timed_locks_do) {
    condition c;
    EXPECT_TRUE(c.try_lock_until(std::chrono::steady_clock::now() + 1h));
    std::jthread([&] { EXPECT_FALSE(c.try_lock_until(std::chrono::system_clock::now() + 1ms)); }).join();
    c.unlock();
}

// A lock of the user's own, which waits for another one when it is let go.
struct careful_lock {
    void lock() { inner.lock(); }
    bool try_lock() { return inner.try_lock(); }
    void unlock() {
        inner.unlock();
        const std::scoped_lock held(notes);
        ++times;
    }
    concur::threading::lock inner, notes;
    int times = 0;
};

TEST(condition_over_other_locks_test, a_lock_that_waits_when_it_is_let_go_does_not_disturb_the_wait) {
    careful_lock l;
    condition c(l);
    l.notes.acquire();
    waiting_thread waits([&] {
        const std::scoped_lock held(c);
        EXPECT_TRUE(c.wait(support::long_enough));
    });
    EXPECT_TRUE(waits.sleeps());  // inside the unlock
    {
        const std::scoped_lock held(l.inner);
        c.notify();
    }
    l.notes.release();
    waits.join();
}

}  // namespace
