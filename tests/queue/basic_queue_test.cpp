#include "concur/queue/basic_queue.hpp"

#include "queue/kinds.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;
using concur::queue_empty;
using concur::queue_full;
using concur::queue_shut_down;
using support::drained;
using support::number;
using support::waiting_thread;
using ints = std::vector<int>;

template <class K>
struct basic_queue_test : testing::Test {};
TYPED_TEST_SUITE(basic_queue_test, support::queue_kinds);

TYPED_TEST(basic_queue_test, what_is_put_can_be_got_once) {
    typename TypeParam::template of<number> q;
    EXPECT_TRUE(q.empty());
    q.put(1);
    EXPECT_TRUE(q.try_put(1));
    q.put_nowait(1);
    EXPECT_EQ(q.qsize(), 3U);
    EXPECT_EQ(q.get(), number(1));
    EXPECT_EQ(q.get_nowait(), number(1));
    EXPECT_EQ(q.try_get(), number(1));
    EXPECT_EQ(q.try_get(), std::nullopt);
    EXPECT_THROW(q.get_nowait(), queue_empty);
    EXPECT_TRUE(q.empty());
}

TYPED_TEST(basic_queue_test, a_full_one_takes_nothing) {
    typename TypeParam::template of<number> q(2);
    EXPECT_EQ(q.maxsize(), 2);
    q.put(1);
    EXPECT_FALSE(q.full());
    q.put(1);
    EXPECT_TRUE(q.full());
    EXPECT_FALSE(q.try_put(2));
    EXPECT_THROW(q.put_nowait(2), queue_full);
    EXPECT_THROW(q.put(2, 1ms), queue_full);
    EXPECT_FALSE(q.try_put(2, 1ms));
    EXPECT_EQ(drained(q), (ints{1, 1}));
}

TYPED_TEST(basic_queue_test, without_a_maxsize_it_is_never_full) {
    typename TypeParam::template of<number> none, negative(-1);
    for (int i = 0; i < 10'000; ++i) {
        none.put_nowait(i);
        negative.put_nowait(i);
    }
    EXPECT_FALSE(none.full());
    EXPECT_FALSE(negative.full());
    EXPECT_EQ(negative.qsize(), 10'000U);
    EXPECT_EQ(negative.maxsize(), -1);
}

// fact 102
TYPED_TEST(basic_queue_test, no_time_and_negative_time_poll) {
    typename TypeParam::template of<number> q(1);
    EXPECT_THROW(q.get(0s), queue_empty);
    EXPECT_THROW(q.get(-1s), queue_empty);
    EXPECT_EQ(q.try_get(-1h), std::nullopt);
    q.put(1, -1s);
    EXPECT_THROW(q.put(2, 0s), queue_full);
    EXPECT_THROW(q.put(2, -1s), queue_full);
    EXPECT_FALSE(q.try_put(2, -1h));
    EXPECT_EQ(q.get(-1s), number(1));
}

TYPED_TEST(basic_queue_test, who_waits_for_an_item_gets_the_one_that_comes) {
    typename TypeParam::template of<number> q;
    waiting_thread t([&] { EXPECT_EQ(q.get(), number(7)); });
    EXPECT_TRUE(t.sleeps());
    q.put(7);
    t.join();
    EXPECT_TRUE(q.empty());
}

TYPED_TEST(basic_queue_test, who_waits_for_room_puts_his_item_where_there_is_some) {
    typename TypeParam::template of<number> q(1);
    q.put(1);
    waiting_thread t([&] { q.put(2, 1h); });
    EXPECT_TRUE(t.sleeps());
    EXPECT_EQ(q.get(), number(1));
    t.join();
    EXPECT_EQ(drained(q), ints{2});
}

TYPED_TEST(basic_queue_test, a_stop_ends_a_wait_and_changes_nothing) {
    typename TypeParam::template of<number> q(1);
    std::stop_source stop;
    {
        waiting_thread t([&] { EXPECT_THROW(q.get(1h, stop.get_token()), queue_empty); });
        EXPECT_TRUE(t.sleeps());
        stop.request_stop();
    }
    EXPECT_THROW(q.get(1h, stop.get_token()), queue_empty);
    q.put(1, 1h, stop.get_token());
    std::stop_source second;
    {
        waiting_thread t([&] { EXPECT_FALSE(q.try_put(2, 1h, second.get_token())); });
        EXPECT_TRUE(t.sleeps());
        second.request_stop();
    }
    EXPECT_EQ(drained(q), ints{1});
}

// fact 104
TYPED_TEST(basic_queue_test, join_waits_until_each_item_was_said_to_be_done) {
    typename TypeParam::template of<number> q;
    q.join();
    EXPECT_THROW(q.task_done(), std::logic_error);
    q.put(1);
    q.put(2);
    EXPECT_FALSE(q.join(1ms));
    EXPECT_EQ(drained(q).size(), 2U);
    EXPECT_FALSE(q.join(0s));
    waiting_thread t([&] { q.join(); });
    EXPECT_TRUE(t.sleeps());
    q.task_done();
    EXPECT_FALSE(q.join(1ms));
    q.task_done();
    t.join();
    EXPECT_TRUE(q.join(1h));
    EXPECT_THROW(q.task_done(), std::logic_error);
}

// fact 105
TYPED_TEST(basic_queue_test, after_a_shutdown_what_is_there_is_got_and_then_no_more) {
    typename TypeParam::template of<number> q(2);
    q.put(1);
    q.put(1);
    EXPECT_FALSE(q.is_shutdown());
    q.shutdown();
    EXPECT_TRUE(q.is_shutdown());
    EXPECT_THROW(q.put(3), queue_shut_down);
    EXPECT_THROW(q.put(3, 1h), queue_shut_down);
    EXPECT_THROW(q.put_nowait(3), queue_shut_down);
    EXPECT_FALSE(q.try_put(3));
    EXPECT_EQ(q.get(), number(1));
    EXPECT_EQ(q.try_get(), number(1));
    EXPECT_THROW(q.get(), queue_shut_down);
    EXPECT_THROW(q.get_nowait(), queue_shut_down);
    EXPECT_EQ(q.try_get(1h), std::nullopt);
    EXPECT_FALSE(q.join(0s));
    q.task_done();
    q.task_done();
    q.join();
}

// fact 106
TYPED_TEST(basic_queue_test, a_shutdown_at_once_drops_what_is_there_and_counts_that_as_done) {
    typename TypeParam::template of<number> q;
    for (int i = 0; i < 5; ++i) q.put(i);
    q.get();
    q.shutdown(true);
    EXPECT_TRUE(q.empty());
    EXPECT_THROW(q.get(), queue_shut_down);
    EXPECT_THROW(q.put(1), queue_shut_down);
    EXPECT_FALSE(q.join(0s)) << "one was got, and is not done";
    q.task_done();
    q.join();
    EXPECT_THROW(q.task_done(), std::logic_error);
}

TYPED_TEST(basic_queue_test, what_was_done_before_it_was_got_is_not_counted_twice_by_a_shutdown) {
    typename TypeParam::template of<number> q;
    q.put(1);
    q.put(2);
    q.task_done();
    q.shutdown(true);
    q.join();
    EXPECT_THROW(q.task_done(), std::logic_error);
}

// fact 107
TYPED_TEST(basic_queue_test, a_shutdown_ends_all_waits_and_only_becomes_harder) {
    typename TypeParam::template of<number> empty, full(1);
    std::atomic<int> refused{0};
    full.put(1);
    {
        const auto get = [&] {
            EXPECT_THROW(empty.get(), queue_shut_down);
            ++refused;
        };
        const auto put = [&] {
            EXPECT_THROW(full.put(2), queue_shut_down);
            ++refused;
        };
        waiting_thread one(get), two(get), three(put), four(put), joiner([&] { full.join(); });
        for (auto* t : {&one, &two, &three, &four, &joiner}) EXPECT_TRUE(t->sleeps());
        empty.shutdown();
        full.shutdown();
        EXPECT_EQ(full.qsize(), 1U);
        full.shutdown(true);
        full.shutdown();
    }
    EXPECT_EQ(refused, 4);
    EXPECT_TRUE(full.empty());
    EXPECT_THROW(full.get(), queue_shut_down);
}

// fact 108
TYPED_TEST(basic_queue_test, a_smaller_maxsize_drops_nothing_and_lets_no_more_in_until_there_are_fewer) {
    typename TypeParam::template of<number> q;
    for (int i = 0; i < 3; ++i) q.put(5);
    q.set_maxsize(2);
    EXPECT_EQ(q.maxsize(), 2);
    EXPECT_EQ(q.qsize(), 3U);
    EXPECT_TRUE(q.full());
    EXPECT_FALSE(q.try_put(5));
    q.get();
    EXPECT_FALSE(q.try_put(5));
    q.get();
    EXPECT_TRUE(q.try_put(5));
    EXPECT_FALSE(q.try_put(5));
}

TYPED_TEST(basic_queue_test, a_larger_maxsize_lets_those_in_who_wait) {
    typename TypeParam::template of<number> q(1);
    q.put(5);
    waiting_thread one([&] { q.put(5); }), two([&] { q.put(5); });
    EXPECT_TRUE(one.sleeps());
    EXPECT_TRUE(two.sleeps());
    q.set_maxsize(0);
    one.join();
    two.join();
    EXPECT_EQ(q.qsize(), 3U);
}

// fact 109
TYPED_TEST(basic_queue_test, it_keeps_nothing_of_an_item_that_was_got) {
    struct held {
        std::shared_ptr<int> value = std::make_shared<int>(1);
    };
    typename TypeParam::template of<held> q;
    q.put(held());
    q.put(held());
    const held first = q.get(), second = *q.try_get();
    EXPECT_EQ(first.value.use_count(), 1);
    EXPECT_EQ(second.value.use_count(), 1);
}

TYPED_TEST(basic_queue_test, it_destroys_what_is_left_in_it) {
    support::tracked::reset();
    const int before = support::tracked::live();
    {
        typename TypeParam::template of<support::tracked> q;
        for (int i = 0; i < 100; ++i) q.put(support::tracked(i));
        for (int i = 0; i < 30; ++i) q.get();
        EXPECT_EQ(support::tracked::live(), before + 70);
    }
    EXPECT_EQ(support::tracked::live(), before);
}

TYPED_TEST(basic_queue_test, items_may_be_movable_only) {
    typename TypeParam::template of<support::move_only> q(1);
    q.put(support::move_only(1));
    support::move_only kept(2);
    EXPECT_FALSE(q.try_put(std::move(kept)));
    EXPECT_EQ(kept.value, 2) << "what was not put in is as it was";
    EXPECT_EQ(q.get().value, 1);
    q.put(std::move(kept));
    EXPECT_EQ(q.get_some(5).at(0).value, 2);
}

TYPED_TEST(basic_queue_test, nothing_is_lost_or_made_between_many) {
    constexpr int each = 4'000, producers = 3, consumers = 3;
    for (const int maxsize : {0, 1, 5}) {
        typename TypeParam::template of<number> q(maxsize);
        std::atomic<long> sum{0};
        {
            std::vector<std::jthread> threads;
            for (int c = 0; c < consumers; ++c)
                threads.emplace_back([&] {
                    for (auto& item : q) {
                        sum += item.value;
                        q.task_done();
                    }
                });
            {
                std::vector<std::jthread> putting;
                for (int p = 0; p < producers; ++p)
                    putting.emplace_back([&] {
                        for (int i = 1; i <= each; ++i) q.put(i);
                    });
            }
            q.join();
            q.shutdown();
        }
        EXPECT_EQ(sum, long{producers} * each * (each + 1) / 2);
    }
}

TYPED_TEST(basic_queue_test, impatient_ones_lose_nothing) {
    constexpr int each = 2'000;
    typename TypeParam::template of<number> q(2);
    std::atomic<long> put{0}, got{0};
    {
        std::vector<std::jthread> threads;
        for (int c = 0; c < 2; ++c) {
            threads.emplace_back([&] {
                for (int i = 1; i <= each; ++i)
                    if (q.try_put(i, std::chrono::microseconds(i % 7))) put += i;
            });
            threads.emplace_back([&] {
                for (int i = 1; i <= each; ++i)
                    if (const auto item = q.try_get(std::chrono::microseconds(i % 5))) got += item->value;
            });
        }
    }
    for (const int value : drained(q)) got += value;
    EXPECT_EQ(got, put);
}

// fact 150
TYPED_TEST(basic_queue_test, waits_that_were_given_up_leave_nothing_behind) {
    typename TypeParam::template of<number> q(1);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(q.try_get(1us), std::nullopt);
    q.put(1);
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(q.try_put(2, 1us));
    EXPECT_EQ(q.get(), number(1));
    q.put(3);
    EXPECT_EQ(drained(q), ints{3});
}

TYPED_TEST(basic_queue_test, it_may_be_destroyed_by_whoever_got_the_last_item) {
    for (int round = 0; round < 300; ++round) {
        auto q = std::make_unique<typename TypeParam::template of<number>>(1);
        std::jthread t([&p = *q] { p.put(1); });
        static_cast<void>(q->get());
        q.reset();
    }
}

}  // namespace
