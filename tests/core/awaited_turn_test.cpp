#include "concur/core/awaited_turn.hpp"

#include "concur/threading/event.hpp"
#include "concur/threading/semaphore.hpp"
#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::homed;
using support::manual_home;
using support::task_coroutine;
using threading::event;
using threading::semaphore;

task_coroutine<bool> sees(event& e, timeout t = none, std::stop_token stop = {}) {
    co_return co_await e.async_wait(t, stop);
}

task_coroutine<std::thread::id> thread_that_goes_on(event& e, timeout t = none) {
    co_await e.async_wait(t);
    co_return std::this_thread::get_id();
}

homed note(manual_home&, event& e, int& seen, timeout t = none) { seen = co_await e.async_wait(t) ? 1 : 2; }

TEST(awaited_turn_test, what_is_there_already_is_had_without_a_pause) {
    event e;
    e.set();
    auto c = sees(e);
    EXPECT_TRUE(c.done());
    EXPECT_TRUE(c.result());
}

TEST(awaited_turn_test, without_a_home_it_goes_on_on_the_thread_that_gives_the_turn) {
    event e;
    auto c = thread_that_goes_on(e);
    EXPECT_FALSE(c.done());
    std::thread::id other;
    std::jthread([&] {
        other = std::this_thread::get_id();
        e.set();
    }).join();
    EXPECT_EQ(c.result(), other);
}

TEST(awaited_turn_test, without_a_home_it_does_not_keep_the_timer_thread) {
    event never;
    auto c = [](event& e) -> task_coroutine<bool> {
        co_await e.async_wait(1ms);
        co_return !e.wait(20ms);  // others' alarms ring meanwhile
    }(never);
    EXPECT_FALSE(sees(never, 2ms).result());
    EXPECT_TRUE(c.result());
}

TEST(awaited_turn_test, the_time_a_poll_and_a_wish_to_stop_end_it) {
    event e;
    EXPECT_FALSE(sees(e, 1ms).result());
    EXPECT_TRUE(sees(e, 0s).done());
    std::stop_source stop;
    auto c = sees(e, 1h, stop.get_token());
    EXPECT_FALSE(c.done());
    stop.request_stop();
    EXPECT_FALSE(c.result());
    EXPECT_TRUE(sees(e, none, stop.get_token()).done());
    EXPECT_TRUE(line_at(&e).empty());
}

TEST(awaited_turn_test, one_whose_time_is_not_over_leaves_no_alarm_behind) {
    event e;
    for (int i = 0; i < 100; ++i) {
        auto c = sees(e, 1h);
        e.set();
        EXPECT_TRUE(c.result());
        e.clear();
    }
}

TEST(awaited_turn_test, the_turn_and_the_time_may_come_together) {
    manual_home home;
    for (int i = 0; i < 200; ++i) {
        event e;
        int seen = 0;
        const homed c = note(home, e, seen, std::chrono::microseconds(i % 60));
        e.set();
        while (!c.done()) home.run_one();
        EXPECT_NE(seen, 0);
        EXPECT_TRUE(line_at(&e).empty());
    }
}

TEST(awaited_turn_test, one_may_be_destroyed_while_its_time_runs_out) {
    manual_home home;
    for (int i = 0; i < 200; ++i) {
        event e;
        int seen = 0, at_once = 0;
        {
            const homed c = note(home, e, seen, 50us);
            at_once = seen;  // where the time was over before it stood in line
            const deadline until{std::chrono::microseconds(i)};
            while (!until.passed()) std::this_thread::yield();
        }
        EXPECT_TRUE(home.empty());
        EXPECT_TRUE(line_at(&e).empty());
        EXPECT_EQ(seen, at_once);
    }
}

task_coroutine<int> pass_on(semaphore& mine, semaphore& next, int n) {
    co_await mine.async_acquire();
    next.release();
    co_return n;
}

TEST(awaited_turn_test, a_chain_of_any_length_fits_on_the_stack) {
    constexpr std::size_t links = 20'000;
    std::vector<std::unique_ptr<semaphore>> s;
    for (std::size_t i = 0; i <= links; ++i) s.push_back(std::make_unique<semaphore>(0));
    std::vector<task_coroutine<int>> chain;
    for (std::size_t i = 0; i < links; ++i) chain.push_back(pass_on(*s[i], *s[i + 1], static_cast<int>(i)));
    s.front()->release();
    EXPECT_TRUE(s.back()->try_acquire());
    EXPECT_EQ(chain.back().result(), static_cast<int>(links) - 1);
}

TEST(awaited_turn_test, the_child_of_a_fork_may_destroy_one_that_waits_in_the_parent) {
    manual_home home;
    event e;
    int seen = 0;
    auto c = std::make_unique<homed>(note(home, e, seen, 1h));
    const pid_t child = ::fork();
    if (child == 0) {
        c.reset();
        ::_exit(line_at(&e).empty() ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    e.set();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(seen, 1);
}

}  // namespace
