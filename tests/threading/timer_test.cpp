#include "concur/threading/timer.hpp"

#include "concur/threading/excepthook.hpp"
#include "concur/threading/thread.hpp"
#include "executors/exit_in_child.hpp"
#include "support/allocations.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/processes.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <cerrno>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::thread;
using concur::threading::timer;
using support::gate;
using support::tracked;

using steady = std::chrono::steady_clock;

TEST(timer_test, it_calls_its_function_once_after_the_interval) {
    std::atomic<int> calls{0};
    std::string got;
    timer t(
        20ms,
        [&](const std::string& text, int n) {
            got = text + std::to_string(n);
            ++calls;
        },
        std::string("a line"), 7);
    EXPECT_FALSE(t.is_alive());
    const auto begin = steady::now();
    t.start();
    t.join();
    EXPECT_GE(steady::now() - begin, 20ms);
    EXPECT_FALSE(t.is_alive());
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(got, "a line7");
    EXPECT_FALSE(t.cancel());
    t.join();
}

TEST(timer_test, its_interval_begins_when_it_is_started) {
    timer t(1ms, [] {});
    EXPECT_FALSE(t.is_alive());
    t.start();
    EXPECT_TRUE(t.join(support::long_enough));
}

TEST(timer_test, one_that_is_cancelled_before_its_time_never_calls) {
    tracked::reset();
    bool called = false;
    timer t(1h, [&called](const tracked&) { called = true; }, tracked());
    t.start();
    EXPECT_TRUE(t.is_alive());
    EXPECT_FALSE(t.join(0s));
    EXPECT_FALSE(t.join(1ms));
    EXPECT_TRUE(t.cancel());
    EXPECT_EQ(tracked::live(), 0);
    EXPECT_FALSE(t.is_alive());
    EXPECT_TRUE(t.join(0s));
    EXPECT_TRUE(t.cancel());
    EXPECT_FALSE(called);
}

TEST(timer_test, one_that_is_cancelled_before_it_is_started_comes_to_nothing) {
    bool called = false;
    timer t(0s, [&called] { called = true; });
    EXPECT_TRUE(t.cancel());
    t.start();
    EXPECT_FALSE(t.is_alive());
    t.join();
    EXPECT_FALSE(called);
    EXPECT_THROW(t.start(), std::logic_error);
}

TEST(timer_test, one_without_end_goes_off_never) {
    timer t(concur::none, [] { ADD_FAILURE(); });
    t.start();
    EXPECT_TRUE(t.is_alive());
    EXPECT_TRUE(t.cancel());
    t.join();
}

TEST(timer_test, one_that_runs_cannot_be_cancelled_and_join_waits_for_it) {
    gate held;
    timer t(0s, [&] { held.wait(); });
    t.start();
    EXPECT_TRUE(held.until_came(1));
    EXPECT_FALSE(t.cancel());
    EXPECT_TRUE(t.is_alive());
    EXPECT_FALSE(t.join(1ms));
    support::waiting_thread one([&] { t.join(); }), another([&] { t.join(); });
    EXPECT_TRUE(one.sleeps() && another.sleeps());
    std::stop_source stop;
    support::waiting_thread stopped([&] { EXPECT_FALSE(t.join(1h, stop.get_token())); });
    EXPECT_TRUE(stopped.sleeps());
    stop.request_stop();
    stopped.join();
    held.open();
    one.join();
    another.join();
}

TEST(timer_test, many_have_one_thread_together) {
    timer first(1h, [] {});
    first.start();
    const auto threads = support::threads_of(::getpid());
    std::vector<timer> more;
    for (int i = 0; i < 1000; ++i) more.emplace_back(1h, [] {});
    for (auto& t : more) t.start();
    EXPECT_EQ(support::threads_of(::getpid()), threads);
    for (auto& t : more) EXPECT_TRUE(t.cancel());
    first.cancel();
}

TEST(timer_test, they_go_off_in_the_order_of_their_times_and_a_slow_one_keeps_no_other) {
    gate held, second;
    timer slow(0s, [&] { held.wait(); });
    timer quick(1ms, [&] { second.open(); });
    slow.start();
    quick.start();
    EXPECT_TRUE(second.wait_for(support::long_enough));
    held.open();
}

TEST(timer_test, function_and_arguments_are_destroyed_before_join_comes_back) {
    tracked::reset();
    timer t(0s, [held = tracked()](const tracked&) {}, tracked());
    t.start();
    t.join();
    EXPECT_EQ(tracked::live(), 0);
    {
        const timer never_started(0s, [held = tracked()] {});
    }
    EXPECT_EQ(tracked::live(), 0);
}

TEST(timer_test, what_it_throws_goes_to_the_excepthook) {
    const support::reports seen;
    timer t(0s, [] { throw std::runtime_error("too late"); });
    t.start();
    t.join();
    EXPECT_EQ(seen.lines(), std::vector<std::string>{"a timer: too late"});
}

TEST(timer_test, to_start_it_twice_is_an_error_and_changes_nothing) {
    std::atomic<int> calls{0};
    timer t(1h, [&calls] { ++calls; });
    t.start();
    EXPECT_THROW(t.start(), std::logic_error);
    EXPECT_TRUE(t.is_alive());
    EXPECT_THROW(t.set_daemon(true), std::logic_error);
    EXPECT_FALSE(t.daemon());
    EXPECT_TRUE(t.cancel());
    EXPECT_THROW(t.start(), std::logic_error);
    EXPECT_EQ(calls, 0);
}

TEST(timer_test, to_join_it_before_its_start_or_in_its_own_function_is_an_error_and_changes_nothing) {
    std::error_code in_itself;
    std::unique_ptr<timer> t;
    t = std::make_unique<timer>(0s, [&] {
        try {
            t->join();
        } catch (const std::system_error& e) {
            in_itself = e.code();
        }
    });
    try {
        t->join();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::invalid_argument);
    }
    t->start();
    t->join();
    EXPECT_EQ(in_itself, std::errc::resource_deadlock_would_occur);
}

TEST(timer_test, an_empty_function_is_refused) {
    EXPECT_THROW(timer(1s, std::function<void()>()), std::invalid_argument);
    EXPECT_THROW(timer(1s, static_cast<void (*)()>(nullptr)), std::invalid_argument);
}

TEST(timer_test, where_the_system_has_no_thread_for_the_clock_it_can_be_started_again) {
    const auto child = support::child::run([]() -> int {  // where no clock runs yet
        bool called = false;
        timer t(0s, [&called] { called = true; });
        {
            const support::injected no_thread(support::injected::system_call::thread, EAGAIN);
            try {
                t.start();
                return 1;
            } catch (const std::system_error&) {
            }
        }
        if (t.is_alive()) return 2;
        t.set_daemon(true);
        t.start();
        t.join();
        return called ? 0 : 3;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
}

TEST(timer_test, where_there_is_no_memory_nothing_is_lost) {
    tracked::reset();
    support::allocations::sweep(
        [] {
            timer t(1h, [held = tracked()] {});
            t.start();
        },
        [] { EXPECT_EQ(tracked::live(), 0); });
}

TEST(timer_test, when_its_last_handle_goes_it_is_cancelled) {
    tracked::reset();
    {
        timer t(1h, [held = tracked()] {});
        timer copy = t;
        EXPECT_EQ(t, copy);
        copy.start();
        copy = timer(1h, [] {});
        EXPECT_TRUE(t.is_alive());
        EXPECT_NE(t, copy);
    }
    EXPECT_EQ(tracked::live(), 0);
}

TEST(timer_test, when_its_last_handle_goes_while_it_runs_it_is_asked_to_stop_and_waited_for) {
    gate begun;
    std::atomic<bool> ended{false};
    {
        timer t(0s, [&](const std::stop_token& stop) {
            begun.open();
            while (!stop.stop_requested()) std::this_thread::yield();
            ended = true;
        });
        t.start();
        EXPECT_TRUE(begun.wait_for(support::long_enough));
    }
    EXPECT_TRUE(ended);
}

TEST(timer_test, one_that_was_detached_or_is_a_daemon_goes_off_without_a_handle) {
    for (const bool daemon : {true, false}) {
        auto called = std::make_shared<gate>();
        {
            timer t(1ms, [called] { called->open(); });
            t.set_daemon(daemon);
            t.start();
            if (!daemon) t.detach();
        }
        EXPECT_TRUE(called->wait_for(support::long_enough));
    }
}

TEST(timer_test, one_that_destroys_its_own_last_handle_goes_on) {
    gate given, ended;
    std::unique_ptr<timer> t;
    t = std::make_unique<timer>(0s, [&] {
        given.wait();
        t.reset();
        ended.open();
    });
    t->start();
    given.open();
    EXPECT_TRUE(ended.wait_for(support::long_enough));
}

TEST(timer_test, one_that_was_moved_from_is_empty) {
    timer t(1h, [] {});
    timer other = std::move(t);
    EXPECT_THROW(t.start(), std::logic_error);
    EXPECT_THROW(static_cast<void>(t.is_alive()), std::logic_error);
    t = std::move(other);
    t.start();
    t.cancel();
}

TEST(timer_test, it_is_a_daemon_where_the_thread_that_makes_it_is_one) {
    bool seen = false;
    thread t({.daemon = true}, [&] { seen = timer(1h, [] {}).daemon(); });
    t.start();
    t.join();
    EXPECT_TRUE(seen);
    EXPECT_FALSE(timer(1h, [] {}).daemon());
}

TEST(timer_test, cancelled_as_it_goes_off_it_has_called_or_never_will) {
    for (int i = 0; i < 500; ++i) {
        std::atomic<int> calls{0};
        timer t(std::chrono::microseconds(i % 50), [&calls] { ++calls; });
        t.start();
        const bool cancelled = t.cancel();
        t.join();
        EXPECT_EQ(calls, cancelled ? 0 : 1);
    }
}

void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }

TEST(timer_test, the_end_of_the_program_waits_for_those_that_are_no_daemons) {
    const auto child = support::child::run([] {
        static const std::string text = "it went off";
        timer t(20ms, [] { say(text); });
        t.start();
        t.detach();
        timer daemon(1h, [] { say("a daemon"); });
        daemon.set_daemon(true);
        daemon.start();
        exit_in_child::now();
        return 1;
    });
    EXPECT_FALSE(child.timed_out);
    EXPECT_EQ(child.out, "it went off");
}

TEST(timer_test, its_function_may_end_the_program) {
    const auto child = support::child::run([] {
        timer t(0s, [] { exit_in_child::now(); });
        t.start();
        t.join();
        return 1;
    });
    EXPECT_FALSE(child.timed_out);
    EXPECT_EQ(child.exit_code, 0);
}

TEST(timer_test, in_a_child_of_fork_those_of_the_parent_do_not_go_off) {
    timer t(1h, [] {}), never(1ms, [] {});
    t.start();
    const auto child = support::child::run([&]() -> int {
        if (t.is_alive() || !t.join(1h)) return 1;
        {
            const timer last = std::move(t);
        }
        never.start();
        never.join();
        return 0;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_TRUE(t.is_alive());
    EXPECT_TRUE(t.cancel());
}

}  // namespace
