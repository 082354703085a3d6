#include "concur/queue/simple_queue.hpp"

#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::queue_empty;
using concur::simple_queue;
using support::homed;
using support::manual_home;
using support::task_coroutine;
using support::waiting_thread;

// More than a segment holds.
constexpr int many = 200;

TEST(simple_queue_test, what_was_put_first_comes_out_first) {
    simple_queue<int> q;
    EXPECT_TRUE(q.empty());
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < many; ++i) q.put(i);
        EXPECT_EQ(q.qsize(), static_cast<std::size_t>(many));
        for (int i = 0; i < many; ++i) EXPECT_EQ(q.get(), i);
        EXPECT_EQ(q.qsize(), 0U);
    }
}

TEST(simple_queue_test, its_size_is_right_whatever_has_gone_through_it) {
    simple_queue<int> q;
    std::size_t there = 0;
    for (int i = 0; i < 1'000; ++i) {
        for (int n = i % 7; n > 0; --n, ++there) q.put(i);
        for (int n = i % 5; n > 0 && there > 0; --n, --there) EXPECT_LT(q.get(), i + 1);
        if (i % 3 == 0) {
            EXPECT_EQ(q.qsize(), there);
        }
        EXPECT_EQ(q.empty(), there == 0);
    }
}

TEST(simple_queue_test, an_empty_one_has_nothing_to_give_at_once) {
    simple_queue<std::string> q;
    EXPECT_EQ(q.try_get(), std::nullopt);
    EXPECT_THROW(static_cast<void>(q.get_nowait()), queue_empty);
    EXPECT_THROW(static_cast<void>(q.get(0s)), queue_empty);
    EXPECT_THROW(static_cast<void>(q.get(-1s)), queue_empty);
    EXPECT_THROW(static_cast<void>(q.get(1ms)), queue_empty);
    EXPECT_EQ(q.try_get(1ms), std::nullopt);
    q.put_nowait("one");
    q.put("two", 1s);
    EXPECT_EQ(q.get_nowait(), "one");
    EXPECT_EQ(q.try_get(), "two");
}

TEST(simple_queue_test, a_getter_waits_until_something_is_put_or_a_stop_is_asked_for) {
    simple_queue<int> q;
    std::stop_source stop;
    std::atomic<int> sum{0};
    waiting_thread first([&] { sum += q.get(); });
    EXPECT_TRUE(first.sleeps());
    waiting_thread second([&] { sum += q.get(1h); });
    EXPECT_TRUE(second.sleeps());
    waiting_thread third([&] { EXPECT_THROW(static_cast<void>(q.get(concur::none, stop.get_token())), queue_empty); });
    EXPECT_TRUE(third.sleeps());
    q.put(1);
    q.put(2);
    first.join();
    second.join();
    EXPECT_EQ(sum, 3);
    stop.request_stop();
    third.join();
    q.put(3);
    EXPECT_EQ(q.get(concur::none, stop.get_token()), 3) << "what is there is had without a wait";
    EXPECT_TRUE(q.empty());
}

TEST(simple_queue_test, each_who_waits_gets_one_item) {
    simple_queue<int> q;
    std::atomic<int> sum{0};
    std::vector<std::unique_ptr<waiting_thread>> threads;
    for (int i = 0; i < 8; ++i) threads.push_back(std::make_unique<waiting_thread>([&] { sum += q.get(); }));
    for (auto& t : threads) EXPECT_TRUE(t->sleeps());
    for (int i = 1; i <= 8; ++i) q.put(i);
    for (auto& t : threads) t->join();
    EXPECT_EQ(sum, 36);
    EXPECT_TRUE(q.empty());
}

// --- coroutines -----------------------------------------------------------------------------------

homed take(manual_home&, simple_queue<int>& q, int& got) { got = co_await q.async_get(); }

task_coroutine<int> next_of(simple_queue<int>& q, concur::timeout t = concur::none, std::stop_token stop = {}) {
    co_return co_await q.async_get(t, stop);
}

TEST(simple_queue_test, a_coroutine_has_what_is_there_without_a_pause) {
    simple_queue<int> q;
    q.put(1);
    auto c = next_of(q);
    EXPECT_TRUE(c.done());
    EXPECT_EQ(c.result(), 1);
}

TEST(simple_queue_test, a_coroutine_goes_on_in_its_home_with_the_item) {
    manual_home home;
    simple_queue<int> q;
    int got = 0, other = 0;
    const homed first = take(home, q, got);
    const homed second = take(home, q, other);
    q.put(1);
    EXPECT_EQ(q.try_get(), std::nullopt) << "it is the coroutine's";
    EXPECT_TRUE(q.empty());
    q.put(2);
    q.put(3);
    EXPECT_EQ(q.qsize(), 1U);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, 1);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(other, 2);
    EXPECT_EQ(q.get(), 3);
}

TEST(simple_queue_test, a_coroutine_without_a_home_goes_on_where_the_item_is_put) {
    simple_queue<int> q, answers;
    auto c = [](simple_queue<int>& in, simple_queue<int>& out) -> task_coroutine<> {
        for (int n = 1; n != 0;) {
            n = co_await in.async_get();
            out.put(2 * n);
        }
    }(q, answers);
    q.put(4);
    EXPECT_EQ(answers.get_nowait(), 8);
    q.put(0);
    c.result();
}

TEST(simple_queue_test, the_time_a_poll_and_a_wish_to_stop_end_the_wait_of_a_coroutine) {
    simple_queue<int> q;
    EXPECT_THROW(next_of(q, 1ms).result(), queue_empty);
    EXPECT_THROW(next_of(q, 0s).result(), queue_empty);
    std::stop_source stop;
    auto c = next_of(q, 1h, stop.get_token());
    EXPECT_FALSE(c.done());
    stop.request_stop();
    EXPECT_THROW(c.result(), queue_empty);
    q.put(1);
    EXPECT_EQ(q.get(), 1);
}

// fact 149
TEST(simple_queue_test, a_coroutine_that_is_destroyed_while_its_item_comes_leaves_it_to_the_next) {
    manual_home home;
    simple_queue<int> q;
    int lost = 0, got = 0;
    auto first = std::make_unique<homed>(take(home, q, lost));
    const homed second = take(home, q, got);
    q.put(1);
    first.reset();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, 1);
    {
        const homed third = take(home, q, lost);
        q.put(2);
        q.put(3);
    }
    EXPECT_TRUE(home.empty());
    EXPECT_EQ(q.qsize(), 2U);
    EXPECT_EQ(q.get(), 2);
    EXPECT_EQ(q.get(), 3);
    EXPECT_EQ(lost, 0);
}

// fact 149
TEST(simple_queue_test, a_thread_behind_a_coroutine_that_is_destroyed_gets_its_item) {
    manual_home home;
    simple_queue<int> q;
    int lost = 0;
    auto first = std::make_unique<homed>(take(home, q, lost));
    waiting_thread second([&] { EXPECT_EQ(q.get(), 1); });
    EXPECT_TRUE(second.sleeps());
    q.put(1);
    first.reset();
    second.join();
    EXPECT_TRUE(q.empty());
}

// fact 150
TEST(simple_queue_test, waits_that_were_given_up_leave_nothing_behind) {
    simple_queue<int> q;
    for (int i = 0; i < 200; ++i) EXPECT_THROW(static_cast<void>(q.get(1us)), queue_empty);
    EXPECT_TRUE(concur::line_at(&q).empty());
    q.put(1);
    EXPECT_EQ(q.get(), 1);
}

}  // namespace
