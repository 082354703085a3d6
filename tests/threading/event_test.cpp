#include "concur/threading/event.hpp"

#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::event;
using support::homed;
using support::manual_home;
using support::waiting_thread;

TEST(event_test, it_takes_four_bytes_and_needs_no_code_before_main) {
    EXPECT_EQ(sizeof(event), 4u);
    static constinit event e;
    EXPECT_FALSE(e.is_set());
}

TEST(event_test, once_set_it_stays_so_until_it_is_cleared) {
    event e;
    EXPECT_FALSE(e.wait(0s));
    e.set();
    e.set();
    EXPECT_TRUE(e.is_set());
    EXPECT_TRUE(e.wait(0s));
    e.wait();
    e.clear();
    e.clear();
    EXPECT_FALSE(e.is_set());
    EXPECT_FALSE(e.wait(1ms));
}

TEST(event_test, all_who_wait_go_on_when_it_is_set) {
    event e;
    std::vector<std::unique_ptr<waiting_thread>> threads;
    for (int i = 0; i < 5; ++i) threads.push_back(std::make_unique<waiting_thread>([&] { e.wait(); }));
    for (auto& t : threads) EXPECT_TRUE(t->sleeps());
    e.set();
    for (auto& t : threads) t->join();
    EXPECT_TRUE(concur::line_at(&e).empty());
}

homed note(manual_home&, event& e, int& seen) { seen += co_await e.async_wait() ? 1 : 100; }

// fact 99
TEST(event_test, one_that_is_cleared_at_once_has_still_let_go_on_all_who_waited) {
    manual_home home;
    event e;
    int seen = 0;
    waiting_thread first([&] { EXPECT_TRUE(e.wait(1h)); });
    EXPECT_TRUE(first.sleeps());
    const homed a = note(home, e, seen), b = note(home, e, seen);
    e.set();
    e.clear();
    first.join();
    EXPECT_TRUE(home.run_one() && home.run_one());
    EXPECT_EQ(seen, 2);
    const homed late = note(home, e, seen);
    EXPECT_FALSE(late.done());
    EXPECT_FALSE(e.wait(1ms));
}

TEST(event_test, a_wish_to_stop_ends_a_wait) {
    event e;
    std::stop_source stop;
    waiting_thread other([&] { EXPECT_FALSE(e.wait(1h, stop.get_token())); });
    EXPECT_TRUE(other.sleeps());
    stop.request_stop();
    other.join();
}

// fact 97
TEST(event_test, who_waited_may_destroy_it) {
    for (int i = 0; i < 200; ++i) {
        auto e = std::make_unique<event>();
        std::jthread setter([&there = *e] { there.set(); });
        e->wait();
        e.reset();
    }
}

support::detached wait_then(event& e, event& over) {
    co_await e.async_wait();
    over.wait();
}

TEST(event_test, threads_are_woken_before_the_code_of_a_coroutine_runs_in_their_place) {
    event e, over;
    wait_then(e, over);
    support::waiting_thread sleeper([&] {
        EXPECT_TRUE(e.wait(support::long_enough));
        over.set();
    });
    EXPECT_TRUE(sleeper.sleeps());
    e.set();
    sleeper.join();
}

}  // namespace
