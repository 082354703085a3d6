// Time-outs of every waiting call of a future: polls, absurd lengths, moments at the ends of time.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"

#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using support::ending;
using seconds_as_double = std::chrono::duration<double>;
using limits = std::numeric_limits<double>;

// fact 11
TEST(future_timeout_test, zero_and_negative_poll_in_every_state) {
    const promise<int> pending, running;
    running.set_running_or_notify_cancel();
    for (const timeout t : {timeout(0s), timeout(-1s), timeout(std::chrono::hours::min()),
                            timeout(seconds_as_double(-limits::infinity()))}) {
        EXPECT_EQ(ending(pending.get_future(), t), "timeout");
        EXPECT_EQ(ending(running.get_future(), t), "timeout");
        EXPECT_EQ(ending(support::cancelled<int>(), t), "cancelled");
        EXPECT_EQ(ending(support::ready(1), t), "value");
        EXPECT_EQ(ending(support::failed<int>("oh"), t), "oh");
    }
}

// fact 11
TEST(future_timeout_test, exception_polls_likewise) {
    const promise<int> pending;
    EXPECT_THROW(pending.get_future().exception(0s), timeout_error);
    EXPECT_THROW(pending.get_future().exception(-1h), timeout_error);
    EXPECT_THROW(support::cancelled<int>().exception(0s), cancelled_error);
    EXPECT_EQ(support::ready(1).exception(0s), nullptr);
    EXPECT_NE(support::failed<int>("oh").exception(0s), nullptr);
}

TEST(future_timeout_test, a_time_out_is_not_over_too_early) {
    const promise<int> p;
    const auto begin = steady_clock::now();
    EXPECT_EQ(ending(p.get_future(), 20ms), "timeout");
    EXPECT_GE(steady_clock::now() - begin, 20ms);
    EXPECT_FALSE(p.get_future().wait_for(20ms));
    EXPECT_GE(steady_clock::now() - begin, 40ms);
}

TEST(future_timeout_test, one_that_timed_out_can_be_waited_for_again) {
    const promise<int> p;
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(p.get_future().wait_for(std::chrono::microseconds(i)));
    p.set_result(1);
    EXPECT_EQ(ending(p.get_future(), 1ms), "value");
}

// Runs `call` on a thread, which must then sleep until the future is set.
void expect_to_wait(const char* name, const promise<int>& p, const std::function<bool()>& call) {
    std::atomic<int> id{0};
    std::atomic<bool> woken{false}, answer{false};
    std::thread waiter([&] {
        id = support::this_thread_id();
        answer = call();
        woken = true;
    });
    while (id == 0 || !(woken || support::asleep(id))) std::this_thread::yield();
    EXPECT_FALSE(woken) << name;
    p.set_result(1);
    waiter.join();
    EXPECT_TRUE(answer) << name;
}

TEST(future_timeout_test, absurdly_long_time_outs_wait_and_never_wrap) {
    const std::vector<timeout> absurd{timeout(std::chrono::hours::max()),
                                      timeout(std::chrono::nanoseconds::max()),
                                      timeout(std::chrono::nanoseconds::max() - 1ns),
                                      timeout(std::chrono::years::max()),
                                      timeout(seconds_as_double(limits::max())),
                                      timeout(seconds_as_double(limits::infinity())),
                                      timeout(seconds_as_double(limits::quiet_NaN()))};
    for (const timeout t : absurd) {
        const promise<int> a, b, c, d, e;
        expect_to_wait("result", a, [t, f = a.get_future()] { return f.result(t) == 1; });
        expect_to_wait("exception", b, [t, f = b.get_future()] { return f.exception(t) == nullptr; });
        expect_to_wait("wait_for", c, [t, f = c.get_future()] { return f.wait_for(t); });
        expect_to_wait("wait", d, [t, f = d.get_future()] { return wait(std::vector{f}, t).not_done.empty(); });
        expect_to_wait("as_completed", e, [t, f = e.get_future()] {
            for (auto& came : as_completed(std::vector{f}, t)) return came.done();
            return false;
        });
    }
}

TEST(future_timeout_test, a_moment_at_the_beginning_of_time_is_past) {
    const promise<int> p;
    const auto f = p.get_future();
    EXPECT_FALSE(f.wait_until(steady_clock::now() - 1h));
    EXPECT_FALSE(f.wait_until(steady_clock::time_point()));
    EXPECT_FALSE(f.wait_until(system_clock::time_point()));
    std::atomic<bool> back{false};
    std::thread waiter([&] {
        EXPECT_FALSE(f.wait_until(steady_clock::time_point::min()));
        EXPECT_FALSE(f.wait_until(system_clock::time_point::min()));
        EXPECT_FALSE(f.wait_until(std::chrono::time_point<system_clock, std::chrono::hours>::min()));
        EXPECT_FALSE(f.wait_until(std::chrono::time_point<steady_clock, seconds_as_double>::min()));
        back = true;
        back.notify_one();
    });
    const auto until = steady_clock::now() + 10s;
    while (!back && steady_clock::now() < until) std::this_thread::yield();
    EXPECT_TRUE(back) << "it waits for ever";
    p.set_result(1);
    waiter.join();
}

TEST(future_timeout_test, a_moment_at_the_end_of_time_is_waited_for) {
    const promise<int> a, b, c, d;
    expect_to_wait("steady", a, [f = a.get_future()] { return f.wait_until(steady_clock::time_point::max()); });
    expect_to_wait("system", b, [f = b.get_future()] { return f.wait_until(system_clock::time_point::max()); });
    expect_to_wait("hours", c, [f = c.get_future()] {
        return f.wait_until(std::chrono::time_point<system_clock, std::chrono::hours>::max());
    });
    expect_to_wait("double", d, [f = d.get_future()] {
        return f.wait_until(std::chrono::time_point<steady_clock, seconds_as_double>::max());
    });
}

// Says what it is told, and counts how often it was asked.
struct told_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<told_clock>;
    static time_point now() {
        ++asked;
        return asked < goes_back_until ? time_point() : time_point(1h);
    }
    inline static int asked = 0;
    inline static int goes_back_until = 0;
};

TEST(future_timeout_test, wait_until_asks_the_clock_it_was_given_again) {
    const promise<int> p;
    told_clock::asked = 0;
    told_clock::goes_back_until = 8;
    EXPECT_FALSE(p.get_future().wait_until(told_clock::time_point(1ms)));
    EXPECT_GE(told_clock::asked, 8);
}

TEST(future_timeout_test, the_time_out_error_says_what_is_the_matter) {
    const promise<int> p;
    try {
        p.get_future().result(0s);
        FAIL();
    } catch (const timeout_error& e) {
        EXPECT_STREQ(e.what(), "the time is over and the future is not done");
    }
}

TEST(future_timeout_test, a_time_out_error_of_the_task_itself_is_the_task_s) {
    const promise<int> p;
    p.set_exception(timeout_error("mine"));
    EXPECT_TRUE(p.get_future().done());
    try {
        p.get_future().result(1h);
        FAIL();
    } catch (const timeout_error& e) {
        EXPECT_STREQ(e.what(), "mine");
    }
}

TEST(future_timeout_test, a_worker_s_time_out_runs_out_too) {
    thread_pool_executor pool{1};
    const promise<int> p;
    EXPECT_EQ(pool.submit([f = p.get_future()] { return ending(f, 2ms); }).result(), "timeout");
    EXPECT_FALSE(pool.submit([f = p.get_future()] { return f.wait_for(-1s); }).result());
}

}  // namespace
