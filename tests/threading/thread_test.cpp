#include "concur/threading/thread.hpp"

#include "support/gate.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::current_thread;
using concur::threading::thread;
using support::gate;
using support::opened_at_end;
using support::tracked;

TEST(thread_test, it_runs_its_function_on_copies_of_the_arguments_once_it_is_started) {
    std::string got;
    std::string given = "a line";
    thread t([&got](const std::string& text, int n) { got = text + std::to_string(n); }, given, 7);
    given = "another";
    EXPECT_FALSE(t.is_alive());
    EXPECT_EQ(got, "");
    t.start();
    t.join();
    EXPECT_EQ(got, "a line7");
    EXPECT_FALSE(t.is_alive());
}

TEST(thread_test, a_reference_and_a_value_that_can_only_be_moved_get_there_too) {
    int n = 1;
    thread t([](int& to, std::unique_ptr<int> from) { to = *from; }, std::ref(n), std::make_unique<int>(42));
    t.start();
    t.join();
    EXPECT_EQ(n, 42);
}

TEST(thread_test, it_is_alive_from_start_to_its_end) {
    gate held;
    thread t([&] { held.wait(); });
    t.start();
    const opened_at_end sure(held);
    EXPECT_TRUE(t.is_alive());
    EXPECT_FALSE(t.join(0s));
    EXPECT_FALSE(t.join(1ms));
    EXPECT_TRUE(t.is_alive());
    held.open();
    EXPECT_TRUE(t.join(support::long_enough));
    EXPECT_FALSE(t.is_alive());
    EXPECT_TRUE(t.join(0s));
}

TEST(thread_test, any_number_of_threads_join_it_any_number_of_times) {
    gate held;
    thread t([&] { held.wait(); });
    t.start();
    std::vector<std::unique_ptr<support::waiting_thread>> others;
    for (int i = 0; i < 4; ++i)
        others.push_back(std::make_unique<support::waiting_thread>([&] {
            t.join();
            EXPECT_FALSE(t.is_alive());
            t.join();
        }));
    for (auto& other : others) EXPECT_TRUE(other->sleeps());
    held.open();
    for (auto& other : others) other->join();
}

TEST(thread_test, a_wish_to_stop_ends_the_wait_for_it) {
    gate held;
    thread t([&] { held.wait(); });
    t.start();
    const opened_at_end sure(held);
    std::stop_source stop;
    support::waiting_thread other([&] { EXPECT_FALSE(t.join(1h, stop.get_token())); });
    EXPECT_TRUE(other.sleeps());
    stop.request_stop();
    other.join();
    EXPECT_TRUE(t.is_alive());
}

// fact 101
TEST(thread_test, its_function_and_arguments_are_destroyed_before_join_comes_back) {
    tracked::reset();
    {
        thread t([of_its_own = tracked(1)](const tracked&) {}, tracked(2));
        EXPECT_EQ(tracked::live(), 2);
        t.start();
        t.join();
        EXPECT_EQ(tracked::live(), 0);
    }
    {
        const thread never_started([](const tracked&) {}, tracked(3));
        EXPECT_EQ(tracked::live(), 1);
    }
    EXPECT_EQ(tracked::live(), 0);
}

// fact 101
TEST(thread_test, a_function_that_holds_a_handle_on_its_own_thread_is_destroyed_all_the_same) {
    tracked::reset();
    auto place = std::make_shared<std::unique_ptr<thread>>();
    *place = std::make_unique<thread>([place, held = tracked()] {});
    thread t = **place;
    place.reset();
    t.start();
    t.join();
    EXPECT_EQ(tracked::live(), 0);
}

thread_local tracked* of_the_thread = nullptr;

TEST(thread_test, what_the_thread_had_of_its_own_is_gone_when_join_comes_back) {
    struct owner {
        ~owner() { delete of_the_thread; }
    };
    tracked::reset();
    thread t([] {
        thread_local const owner last;
        of_the_thread = new tracked;
        static_cast<void>(&last);
    });
    t.start();
    t.join();
    EXPECT_EQ(tracked::live(), 0);
}

TEST(thread_test, a_function_that_asks_for_a_stop_token_is_handed_one) {
    bool stopped = false;
    thread t(
        [&stopped](std::stop_token stop, int) {
            while (!stop.stop_requested()) std::this_thread::yield();
            stopped = true;
        },
        1);
    EXPECT_FALSE(t.get_stop_token().stop_requested());
    t.start();
    EXPECT_TRUE(t.request_stop());
    EXPECT_FALSE(t.request_stop());
    t.join();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(t.get_stop_token().stop_requested());
}

TEST(thread_test, when_its_last_handle_goes_it_is_asked_to_stop_and_waited_for) {
    std::atomic<bool> ended{false};
    {
        thread t([&ended](const std::stop_token& stop) {
            while (!stop.stop_requested()) std::this_thread::yield();
            ended = true;
        });
        {
            thread copy = t;
            copy.start();
        }
        EXPECT_TRUE(t.is_alive());
        EXPECT_FALSE(ended);
        std::vector<thread> seen = concur::threading::enumerate();  // handles that own nothing
        t = thread([] {});
        EXPECT_TRUE(ended);
    }
}

TEST(thread_test, nobody_waits_for_a_daemon_or_for_one_that_was_detached) {
    for (const bool daemon : {true, false}) {
        gate held, ended;
        std::atomic<bool> asked{false};
        {
            thread t({.daemon = daemon}, [&](const std::stop_token& stop) {
                held.wait();
                asked = stop.stop_requested();
                ended.open();
            });
            t.start();
            if (!daemon) t.detach();
        }
        held.open();
        EXPECT_TRUE(ended.wait_for(support::long_enough));
        EXPECT_FALSE(asked);
    }
}

TEST(thread_test, one_that_destroys_its_own_last_handle_goes_on) {
    gate given, ended;
    std::unique_ptr<thread> handle;
    handle = std::make_unique<thread>([&] {
        given.wait();
        handle.reset();
        ended.open();
    });
    handle->start();
    given.open();
    EXPECT_TRUE(ended.wait_for(support::long_enough));
}

TEST(thread_test, handles_on_one_thread_are_equal_and_one_that_was_moved_from_is_empty) {
    thread a([] {});
    const thread b = a;
    EXPECT_EQ(a, b);
    EXPECT_NE(a, thread([] {}));
    EXPECT_EQ(std::unordered_set<thread>({a, b}).size(), 1u);
    thread c = std::move(a);
    EXPECT_EQ(c, b);
    EXPECT_NE(a, b);
    EXPECT_THROW(a.start(), std::logic_error);
    EXPECT_THROW(static_cast<void>(a.name()), std::logic_error);
    a = c;
    EXPECT_EQ(a, b);
}

TEST(thread_test, threads_and_handles_come_and_go_by_the_hundred) {
    std::atomic<int> runs{0};
    for (int round = 0; round < 20; ++round) {
        std::vector<thread> threads;
        for (int i = 0; i < 25; ++i) threads.emplace_back([&runs] { runs += current_thread().is_alive() ? 1 : 1000; });
        for (auto& t : threads) t.start();
        for (auto copy : threads)
            if (round % 2 == 0) copy.join();
    }
    EXPECT_EQ(runs, 500);
}

}  // namespace
