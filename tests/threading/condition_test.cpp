#include "concur/threading/condition.hpp"

#include "concur/threading/event.hpp"
#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/until.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::condition;
using concur::threading::lock;
using concur::threading::rlock;
using support::homed;
using support::manual_home;
using support::task_coroutine;
using support::until;
using support::waiting_thread;

template <class F>
bool is_refused(F f) {
    try {
        f();
        return false;
    } catch (const std::system_error& e) {
        return e.code() == std::errc::operation_not_permitted;
    }
}

TEST(condition_test, it_is_a_lock_of_its_own_or_the_one_it_was_given) {
    condition own;
    own.acquire();
    EXPECT_TRUE(own.try_acquire());  // an rlock
    own.release();
    EXPECT_TRUE(own.locked());
    own.release();
    EXPECT_FALSE(own.locked());
    lock l;
    condition over(l);
    {
        const std::scoped_lock held(over);
        EXPECT_TRUE(l.locked());
        EXPECT_FALSE(over.try_acquire());
        EXPECT_FALSE(over.acquire(1ms));
    }
    EXPECT_FALSE(l.locked());
}

// fact 91
TEST(condition_test, who_does_not_have_the_lock_can_neither_wait_nor_notify) {
    condition own;
    lock l;
    condition over(l);
    for (condition* c : {&own, &over}) {
        EXPECT_TRUE(is_refused([&] { c->wait(); }));
        EXPECT_TRUE(is_refused([&] { c->wait(1ms); }));
        EXPECT_TRUE(is_refused([&] { c->notify(); }));
        EXPECT_TRUE(is_refused([&] { c->notify_all(); }));
        EXPECT_TRUE(is_refused([&] { c->release(); }));
        EXPECT_FALSE(c->locked());
    }
    EXPECT_TRUE(is_refused([&] { (void)over.async_wait(); }));
    rlock r;
    condition of_another(r);
    std::jthread([&] { r.acquire(); }).join();
    EXPECT_TRUE(is_refused([&] { of_another.notify(); }));
}

TEST(condition_test, to_notify_fewer_than_none_is_an_error_and_none_is_nobody) {
    condition c;
    const std::scoped_lock held(c);
    EXPECT_THROW(c.notify(-1), std::invalid_argument);
    c.notify(0);
    c.notify(5);
}

// Some that wait, and how many of them have been notified.
struct crowd {
    explicit crowd(condition& over) : c(over) {}
    void grow(int n) {
        for (int i = 0; i < n; ++i) {
            threads.push_back(std::make_unique<waiting_thread>([this] {
                const std::scoped_lock held(c);
                ++came;
                c.wait();
                ++told;
            }));
            EXPECT_TRUE(until([this] { return came == static_cast<int>(threads.size()); }));
            EXPECT_TRUE(threads.back()->sleeps());
        }
    }
    void notify(int n) {
        const std::scoped_lock held(c);
        c.notify(n);
    }
    void join() {
        for (auto& t : threads) t->join();
    }
    condition& c;
    std::atomic<int> came{0}, told{0};
    std::vector<std::unique_ptr<waiting_thread>> threads;
};

// fact 93
TEST(condition_test, notify_ends_as_many_waits_as_it_is_told_though_more_have_come) {
    condition c;
    crowd all(c);
    all.grow(3);
    all.notify(2);
    all.grow(2);
    EXPECT_TRUE(until([&] { return all.told == 2; }));
    all.notify(3);
    all.join();
    EXPECT_EQ(all.told, 5);
}

TEST(condition_test, notify_all_ends_all_waits) {
    condition c;
    crowd all(c);
    all.grow(4);
    {
        const std::scoped_lock held(c);
        c.notify_all();
        EXPECT_EQ(all.told, 0);  // nobody goes on before the lock is free
    }
    all.join();
    EXPECT_EQ(all.told, 4);
}

// fact 94
TEST(condition_test, a_wait_lets_go_of_all_that_was_acquired_and_takes_as_much_again) {
    rlock r;
    condition c(r);
    waiting_thread sleeper([&] {
        for (int i = 0; i < 3; ++i) r.acquire();
        c.wait();
        for (int i = 0; i < 3; ++i) r.release();
        EXPECT_TRUE(is_refused([&] { r.release(); }));
    });
    EXPECT_TRUE(sleeper.sleeps());
    EXPECT_TRUE(r.try_acquire());
    c.notify();
    r.release();
    sleeper.join();
    EXPECT_FALSE(r.locked());
}

// fact 95
TEST(condition_test, wait_for_gives_what_the_predicate_said_last_within_its_time_though_others_notify) {
    condition c;
    std::atomic<bool> over{false};
    std::jthread noise([&] {
        while (!over) {
            const std::scoped_lock held(c);
            c.notify_all();
        }
    });
    const concur::deadline until(5ms);
    {
        const std::scoped_lock held(c);
        EXPECT_FALSE(c.wait_for([] { return false; }, 5ms));
        EXPECT_TRUE(until.passed());
        int looks = 0;
        EXPECT_TRUE(c.wait_for([&] { return ++looks == 3; }, support::long_enough));
        EXPECT_EQ(looks, 3);
        EXPECT_TRUE(c.wait_for([] { return true; }, 0s));
    }
    over = true;
}

TEST(condition_test, the_time_and_a_wish_to_stop_end_a_wait_that_has_its_lock_again) {
    lock l;
    condition c(l);
    std::stop_source stop;
    {
        const std::scoped_lock held(c);
        EXPECT_FALSE(c.wait(1ms));
        EXPECT_FALSE(c.wait(0s));
        EXPECT_TRUE(l.locked());
    }
    waiting_thread sleeper([&] {
        const std::scoped_lock held(c);
        EXPECT_FALSE(c.wait(concur::none, stop.get_token()));
        EXPECT_TRUE(l.locked());
        EXPECT_FALSE(c.wait_for([] { return false; }, concur::none, stop.get_token()));
    });
    EXPECT_TRUE(sleeper.sleeps());
    stop.request_stop();
    sleeper.join();
    EXPECT_FALSE(l.locked());
}

TEST(condition_test, a_poll_lets_others_have_the_lock_for_a_moment) {
    lock l;
    condition c(l);
    bool there = false;
    std::jthread other([&] {
        const std::scoped_lock held(c);
        there = true;
    });
    const std::scoped_lock held(c);
    EXPECT_TRUE(until([&] { return there || (c.wait(0s), false); }));
}

TEST(condition_test, a_predicate_that_throws_leaves_the_lock_with_who_waits) {
    lock l;
    condition c(l);
    std::unique_lock held(c);
    EXPECT_THROW(c.wait_for([]() -> bool { throw 7; }), int);
    EXPECT_TRUE(l.locked());
    held.unlock();
    EXPECT_FALSE(l.locked());
}

TEST(condition_test, threads_hand_work_to_each_other) {
    constexpr int rounds = 5'000;
    condition c;
    int there = 0, taken = 0;
    std::jthread taker([&] {
        while (taken < rounds) {
            const std::scoped_lock held(c);
            c.wait_for([&] { return there > 0; });
            taken += std::exchange(there, 0);
            c.notify();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        const std::scoped_lock held(c);
        c.wait_for([&] { return there < 4; });
        ++there;
        c.notify();
    }
    taker.join();
    EXPECT_EQ(taken, rounds);
}

task_coroutine<int> take_one(condition& c, int& there) {
    co_await c.async_acquire();
    while (there == 0) co_await c.async_wait();
    --there;
    c.release();
    co_return 1;
}

TEST(condition_test, coroutines_and_threads_wait_for_the_same_notice) {
    lock l;
    condition c(l);
    int there = 0;
    auto one = take_one(c, there);
    auto two = take_one(c, there);
    waiting_thread three([&] {
        const std::scoped_lock held(c);
        c.wait_for([&] { return there > 0; });
        --there;
    });
    EXPECT_TRUE(three.sleeps());
    EXPECT_FALSE(one.done() || two.done() || l.locked());
    {
        const std::scoped_lock held(c);
        there = 3;
        c.notify_all();
        EXPECT_FALSE(one.done());
    }
    EXPECT_EQ(one.result() + two.result(), 2);
    three.join();
    EXPECT_EQ(there, 0);
    EXPECT_FALSE(l.locked());
}

task_coroutine<bool> waits(condition& c, concur::timeout t, std::stop_token stop) {
    co_await c.async_acquire();
    const bool told = co_await c.async_wait(t, std::move(stop));
    EXPECT_TRUE(c.locked());
    c.release();
    co_return told;
}

TEST(condition_test, a_coroutine_whose_time_is_over_or_that_is_to_stop_has_the_lock_again) {
    lock l;
    condition c(l);
    std::stop_source stop;
    EXPECT_FALSE(waits(c, 1ms, {}).result());
    EXPECT_FALSE(waits(c, 0s, {}).result());
    auto one = waits(c, concur::none, stop.get_token());
    EXPECT_FALSE(one.done());
    stop.request_stop();
    EXPECT_FALSE(one.result());
    EXPECT_FALSE(waits(c, concur::none, stop.get_token()).result());
    EXPECT_FALSE(l.locked());
}

homed note(manual_home&, condition& c, int& told) {
    co_await c.async_acquire();
    co_await c.async_wait();
    ++told;
    c.release();
}

// fact 148
TEST(condition_test, a_notice_of_a_coroutine_that_is_destroyed_is_the_next_ones) {
    manual_home home;
    lock l;
    condition c(l);
    int first = 0, second = 0, third = 0;
    auto a = std::make_unique<homed>(note(home, c, first));
    auto b = std::make_unique<homed>(note(home, c, second));
    auto d = std::make_unique<homed>(note(home, c, third));
    l.acquire();
    c.notify();
    a.reset();  // its notice waits in its home
    EXPECT_TRUE(home.run_one());  // the second has it, and stands in the lock's line
    b.reset();
    l.release();
    while (home.run_one()) continue;
    EXPECT_EQ(first + second, 0);
    EXPECT_EQ(third, 1);
    EXPECT_TRUE(d->done());
    EXPECT_FALSE(l.locked());
}

task_coroutine<int> wait_with_the_lock(lock& l, concur::threading::event& over) {
    co_await l.async_acquire();
    over.wait();
    l.release();
    co_return 1;
}

// It would go on inside the wait that lets the lock go, and use what the thread sleeps with.
TEST(condition_test, a_coroutine_that_the_wait_lets_have_the_lock_does_not_disturb_it) {
    lock l;
    condition c(l);
    concur::threading::event over;
    l.acquire();
    auto other = wait_with_the_lock(l, over);
    std::jthread notifier([&] {
        EXPECT_TRUE(until([&] { return !concur::line_at(&over).empty(); }));
        over.set();
        const std::scoped_lock held(c);
        c.notify();
    });
    EXPECT_TRUE(c.wait(support::long_enough));
    l.release();
    EXPECT_EQ(other.result(), 1);
}

}  // namespace
