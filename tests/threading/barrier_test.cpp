#include "concur/threading/barrier.hpp"

#include "concur/threading/event.hpp"
#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/until.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::broken_barrier_error;
using concur::threading::barrier;
using support::homed;
using support::manual_home;
using support::task_coroutine;
using support::until;
using support::waiting_thread;

template <class... A>
bool breaks(barrier& b, A... a) {
    try {
        b.wait(a...);
        return false;
    } catch (const broken_barrier_error&) {
        return true;
    }
}

TEST(barrier_test, it_is_for_one_party_or_more) {
    EXPECT_THROW(barrier(0), std::invalid_argument);
    EXPECT_THROW(barrier(-1), std::invalid_argument);
    EXPECT_THROW(barrier(std::int64_t{1} << 31), std::invalid_argument);
    EXPECT_EQ(barrier(3).parties(), 3U);
}

// fact 98
TEST(barrier_test, one_party_goes_through_at_once_and_runs_the_action_each_time) {
    int acted = 0;
    barrier b(1, [&] { ++acted; });
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(b.wait(), 0U);
        EXPECT_EQ(acted, i);
    }
}

// fact 98
TEST(barrier_test, each_has_an_index_of_its_own_and_the_action_runs_once_before_anyone_goes_on) {
    constexpr int parties = 4, rounds = 1'000;
    std::atomic<int> acted{0}, sum{0}, early{0};
    barrier b(parties, [&] { ++acted; });
    const auto come = [&] {
        for (int round = 1; round <= rounds; ++round) {
            sum += 1 << static_cast<int>(b.wait());
            if (acted < round) ++early;
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < parties; ++i) threads.emplace_back(come);
    }
    EXPECT_EQ(acted, rounds);
    EXPECT_EQ(early, 0);
    EXPECT_EQ(sum, rounds * 15);
    EXPECT_EQ(b.n_waiting(), 0U);
}

// fact 98
TEST(barrier_test, an_action_that_throws_breaks_it_and_comes_to_who_ran_it) {
    barrier b(2, [] { throw 7; });
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(other.sleeps());
    EXPECT_THROW(b.wait(), int);
    other.join();
    EXPECT_TRUE(b.broken());
}

// fact 98
TEST(barrier_test, one_whose_time_is_over_breaks_it_for_all) {
    barrier b(3);
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(other.sleeps());
    EXPECT_EQ(b.n_waiting(), 1U);
    EXPECT_TRUE(breaks(b, concur::timeout(1ms)));
    other.join();
    EXPECT_TRUE(b.broken());
    EXPECT_TRUE(breaks(b));
    barrier impatient(2, {}, 1ms);
    EXPECT_TRUE(breaks(impatient));
    barrier polled(2);
    EXPECT_TRUE(breaks(polled, concur::timeout(0s)));
}

TEST(barrier_test, a_wish_to_stop_breaks_it) {
    barrier b(3);
    std::stop_source stop;
    waiting_thread one([&] { EXPECT_TRUE(breaks(b, concur::none, stop.get_token())); });
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(one.sleeps() && other.sleeps());
    stop.request_stop();
    one.join();
    other.join();
    EXPECT_TRUE(b.broken());
}

// fact 98
TEST(barrier_test, reset_mends_it_and_sends_away_who_waits) {
    barrier b(2);
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(other.sleeps());
    b.reset();
    other.join();
    EXPECT_FALSE(b.broken());
    EXPECT_EQ(b.n_waiting(), 0U);
    b.abort();
    EXPECT_TRUE(breaks(b));
    b.reset();
    std::jthread second([&] { EXPECT_FALSE(breaks(b)); });
    EXPECT_FALSE(breaks(b));
}

// fact 98
TEST(barrier_test, abort_breaks_it_until_it_is_reset) {
    barrier b(2);
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(other.sleeps());
    b.abort();
    other.join();
    EXPECT_TRUE(breaks(b));
    EXPECT_TRUE(b.broken());
}

TEST(barrier_test, one_that_is_reset_while_the_action_runs_is_empty_and_whole) {
    barrier* at = nullptr;
    barrier b(2, [&] { at->reset(); });
    at = &b;
    waiting_thread other([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(other.sleeps());
    EXPECT_TRUE(breaks(b));
    other.join();
    EXPECT_FALSE(b.broken());
    EXPECT_EQ(b.n_waiting(), 0U);
}

TEST(barrier_test, who_comes_while_the_action_runs_is_of_the_next_round) {
    std::atomic<int> acted{0};
    std::vector<std::unique_ptr<waiting_thread>> late;
    barrier* at = nullptr;
    barrier b(2, [&] {
        if (++acted > 1) return;
        for (int i = 0; i < 2; ++i) {
            late.push_back(std::make_unique<waiting_thread>([&] { EXPECT_FALSE(breaks(*at)); }));
            EXPECT_TRUE(late.back()->sleeps());
        }
    });
    at = &b;
    waiting_thread first([&] { EXPECT_FALSE(breaks(b)); });
    EXPECT_TRUE(first.sleeps());
    EXPECT_FALSE(breaks(b));
    first.join();
    for (auto& t : late) t->join();
    EXPECT_EQ(acted, 2);
}

TEST(barrier_test, a_thousand_threads_come_together) {
    constexpr int many = 1'000;
    std::atomic<int> through{0};
    barrier b(many);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < many; ++i)
            threads.emplace_back([&] {
                b.wait();
                ++through;
            });
    }
    EXPECT_EQ(through, many);
}

task_coroutine<std::size_t> comes(barrier& b, concur::timeout t = concur::none) { co_return co_await b.async_wait(t); }

TEST(barrier_test, threads_and_coroutines_come_together) {
    int acted = 0;
    barrier b(4, [&] { ++acted; });
    auto one = comes(b);
    auto two = comes(b);
    waiting_thread three([&] { EXPECT_EQ(b.wait(), 2U); });
    EXPECT_TRUE(three.sleeps());
    EXPECT_FALSE(one.done() || two.done());
    auto four = comes(b);  // the last goes on at once, and the others with it
    EXPECT_EQ(four.result(), 3U);
    EXPECT_EQ(one.result() + two.result(), 1U);
    three.join();
    EXPECT_EQ(acted, 1);
}

TEST(barrier_test, a_coroutine_whose_time_is_over_breaks_it) {
    barrier b(4);
    auto one = comes(b);
    waiting_thread two([&] { EXPECT_TRUE(breaks(b)); });
    EXPECT_TRUE(two.sleeps());
    auto three = comes(b, 1ms);
    EXPECT_THROW(three.result(), broken_barrier_error);
    EXPECT_THROW(one.result(), broken_barrier_error);
    two.join();
}

homed wait_there(manual_home&, barrier& b) { (void)co_await b.async_wait(); }

TEST(barrier_test, a_coroutine_that_is_destroyed_while_it_waits_breaks_it) {
    manual_home home;
    barrier b(2);
    {
        const homed c = wait_there(home, b);
        EXPECT_EQ(b.n_waiting(), 1U);
    }
    EXPECT_TRUE(b.broken());
    b.reset();
    {
        const homed c = wait_there(home, b);
        EXPECT_EQ(b.wait(), 1U);
    }  // it has come with the other, and is in its home
    EXPECT_FALSE(b.broken());
    EXPECT_TRUE(home.empty());
}

TEST(barrier_test, one_of_the_next_round_that_gives_up_breaks_nothing) {
    concur::threading::event over;
    std::stop_source stop;
    stop.request_stop();
    barrier b(2, [&] { over.wait(); });
    waiting_thread first([&] { EXPECT_FALSE(breaks(b)); });
    EXPECT_TRUE(first.sleeps());
    waiting_thread last([&] { EXPECT_FALSE(breaks(b)); });
    EXPECT_TRUE(last.sleeps());
    EXPECT_TRUE(breaks(b, concur::timeout(1ms)));
    EXPECT_TRUE(breaks(b, concur::none, stop.get_token()));
    EXPECT_FALSE(b.broken());
    over.set();
    first.join();
    last.join();
    EXPECT_FALSE(b.broken());
}

}  // namespace
