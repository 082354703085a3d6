#include "queue/kinds.hpp"
#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <cassert>
#include <memory>
#include <optional>
#include <thread>

namespace {

using namespace std::chrono_literals;
using concur::queue;
using concur::queue_empty;
using concur::queue_full;
using concur::queue_shut_down;
using support::homed;
using support::manual_home;
using support::move_only;
using support::waiting_thread;

enum : int { empty = -1, full = -2, shut = -3, nothing_yet = 0, put = 100 };

template <class Q>
homed get(manual_home&, Q& q, int& how, concur::timeout t = concur::none, std::stop_token stop = {}) {
    try {
        how = co_await q.async_get(t, stop);
    } catch (const queue_empty&) {
        how = empty;
    } catch (const queue_shut_down&) {
        how = shut;
    }
}

template <class Q>
homed give(manual_home&, Q& q, int item, int& how, concur::timeout t = concur::none, std::stop_token stop = {}) {
    try {
        co_await q.async_put(item, t, stop);
        how = put;
    } catch (const queue_full&) {
        how = full;
    } catch (const queue_shut_down&) {
        how = shut;
    }
}

homed join(manual_home&, queue<int>& q, int& how, concur::timeout t = concur::none) {
    const bool all = co_await q.async_join(t);
    how = all ? 1 : -1;
}

void run_until(manual_home& home, const int& how) {
    EXPECT_TRUE(support::until([&] { return home.run_one() || how != nothing_yet; }));
    while (how == nothing_yet) EXPECT_TRUE(support::until([&] { return home.run_one() || how != nothing_yet; }));
}

TEST(queue_coroutines_test, what_is_there_is_got_and_put_at_once) {
    manual_home home;
    queue<int> q(1);
    int a = 0, b = 0;
    const homed one = give(home, q, 7, a), two = get(home, q, b);
    EXPECT_EQ(a, put);
    EXPECT_EQ(b, 7);
    EXPECT_TRUE(one.done() && two.done());
}

TEST(queue_coroutines_test, one_that_waits_goes_on_in_its_home) {
    manual_home home;
    queue<int> q(1);
    int got = 0, given = 0;
    const homed one = get(home, q, got);
    q.put(7);
    EXPECT_EQ(got, nothing_yet);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, 7);
    q.put(8);
    const homed two = give(home, q, 9, given);
    EXPECT_EQ(given, nothing_yet);
    EXPECT_EQ(q.get(), 8);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(given, put);
    EXPECT_EQ(q.get(), 9);
}

TEST(queue_coroutines_test, one_that_finds_its_item_taken_waits_on) {
    manual_home home;
    queue<int> q;
    int got = 0;
    const homed one = get(home, q, got);
    q.put(1);
    EXPECT_EQ(q.get(), 1);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, nothing_yet);
    q.put(2);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, 2);
}

TEST(queue_coroutines_test, one_that_has_waited_long_is_given_its_item) {
    manual_home home;
    queue<int> q;
    int got = 0;
    const homed one = get(home, q, got);
    const concur::deadline old_enough(2ms);
    EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
    q.put(1);
    EXPECT_EQ(q.try_get(), std::nullopt) << "it is somebody's";
    EXPECT_EQ(q.qsize(), 1U);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, 1);
}

TEST(queue_coroutines_test, threads_and_coroutines_wait_in_one_line) {
    manual_home home;
    queue<int> q(1);
    int got = 0, given = 0;
    waiting_thread t([&] { EXPECT_EQ(q.get(), 1); });
    EXPECT_TRUE(t.sleeps());
    const homed one = get(home, q, got);
    q.put(1);
    t.join();
    q.put(2);
    run_until(home, got);
    EXPECT_EQ(got, 2);
    q.put(3);
    waiting_thread putter([&] { q.put(4); });
    EXPECT_TRUE(putter.sleeps());
    const homed two = give(home, q, 5, given);
    EXPECT_EQ(q.get(), 3);
    putter.join();
    EXPECT_EQ(q.get(), 4);
    run_until(home, given);
    EXPECT_EQ(q.get(), 5);
}

TEST(queue_coroutines_test, a_wait_ends_when_the_time_is_over_or_a_stop_is_asked_for) {
    manual_home home;
    queue<int> q(1);
    int a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
    std::stop_source stop;
    const homed one = get(home, q, a, 1ms), two = get(home, q, b, 1h, stop.get_token()), three = get(home, q, e, -1s);
    EXPECT_EQ(e, empty);
    run_until(home, a);
    EXPECT_EQ(a, empty);
    stop.request_stop();
    run_until(home, b);
    EXPECT_EQ(b, empty);
    stop = std::stop_source();
    q.put(1);
    const homed four = give(home, q, 2, c, 1ms), five = give(home, q, 3, d, 1h, stop.get_token()),
                six = give(home, q, 4, f, 0s);
    EXPECT_EQ(f, full);
    run_until(home, c);
    EXPECT_EQ(c, full);
    stop.request_stop();
    run_until(home, d);
    EXPECT_EQ(d, full);
    EXPECT_EQ(q.get(), 1);
    EXPECT_TRUE(q.empty());
}

TEST(queue_coroutines_test, a_shutdown_ends_their_waits) {
    manual_home home;
    queue<int> q, r(1);
    int a = 0, b = 0, c = 0;
    r.put(1);
    const homed one = get(home, q, a), two = give(home, r, 2, b);
    q.shutdown();
    r.shutdown();
    const homed three = get(home, q, c);
    EXPECT_EQ(c, shut);
    run_until(home, a);
    run_until(home, b);
    EXPECT_EQ(a, shut);
    EXPECT_EQ(b, shut);
}

TEST(queue_coroutines_test, an_item_that_was_given_and_then_dropped_does_not_come) {
    manual_home home;
    queue<int> q;
    int got = 0, given = 0;
    const homed one = get(home, q, got);
    const concur::deadline old_enough(2ms);
    EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
    q.put(1);
    q.shutdown(true);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(got, shut);
    queue<int> r(1);
    r.put(1);
    const homed two = give(home, r, 2, given);
    EXPECT_EQ(r.get(), 1);
    r.shutdown();
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(given, shut);
    EXPECT_TRUE(r.empty());
}

// fact 149
TEST(queue_coroutines_test, one_that_is_destroyed_while_its_item_comes_loses_none_and_leaves_nobody_asleep) {
    manual_home home;
    queue<int> q;
    for (const auto age : {0ms, 2ms}) {
        int lost = 0, got = 0;
        auto first = std::make_unique<homed>(get(home, q, lost));
        const homed second = get(home, q, got);
        const concur::deadline old_enough(age);
        EXPECT_TRUE(support::until([&] { return old_enough.passed(); }));
        q.put(1);
        first.reset();
        run_until(home, got);
        EXPECT_EQ(got, 1);
        {
            const homed third = get(home, q, lost);
        }
        q.put(2);
        EXPECT_EQ(q.get(), 2);
        EXPECT_EQ(lost, nothing_yet);
        EXPECT_TRUE(home.empty());
    }
}

TEST(queue_coroutines_test, one_that_is_destroyed_while_its_place_comes_leaves_it_to_the_next) {
    manual_home home;
    queue<int> q(1);
    int lost = 0, given = 0;
    q.put(0);
    auto first = std::make_unique<homed>(give(home, q, 1, lost));
    const homed second = give(home, q, 2, given);
    EXPECT_EQ(q.get(), 0);
    first.reset();
    run_until(home, given);
    EXPECT_EQ(q.get(), 2);
    EXPECT_EQ(lost, nothing_yet);
    EXPECT_TRUE(q.try_put(3));
}

TEST(queue_coroutines_test, they_join_too) {
    manual_home home;
    queue<int> q;
    int a = 0, b = 0;
    q.put(1);
    const homed one = join(home, q, a), two = join(home, q, b, 1ms);
    run_until(home, b);
    EXPECT_EQ(b, -1);
    q.task_done();
    run_until(home, a);
    EXPECT_EQ(a, 1);
}

support::detached pass_on(queue<int>& from, queue<int>& to) {
    try {
        for (;;) co_await to.async_put(co_await from.async_get());
    } catch (const queue_shut_down&) {
        to.shutdown();
    }
}

TEST(queue_coroutines_test, without_a_home_one_goes_on_where_its_item_is_put) {
    queue<int> in, between(1), out;
    pass_on(in, between);
    pass_on(between, out);
    for (int i = 0; i < 100; ++i) in.put(i);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(out.get(), i);
    in.shutdown();
    EXPECT_TRUE(out.is_shutdown());
}

homed pass_items(manual_home&, queue<move_only>& from, queue<move_only>& to, int n) {
    for (int i = 0; i < n; ++i) co_await to.async_put(co_await from.async_get());
}

TEST(queue_coroutines_test, to_destroy_a_queue_that_is_waited_for_is_caught) {
    bool is_checked = false;
    assert(is_checked = true);
    if (!is_checked) GTEST_SKIP() << "not in this build";
    EXPECT_DEATH(
        {
            manual_home home;
            auto q = std::make_unique<queue<int>>();
            int got = 0;
            const homed waits = get(home, *q, got);
            q.reset();
        },
        "somebody waits for");
}

TEST(queue_coroutines_test, items_may_be_movable_only) {
    manual_home home;
    queue<move_only> from, to(2);
    const homed c = pass_items(home, from, to, 50);
    std::jthread producer([&] {
        for (int i = 0; i < 50; ++i) from.put(move_only(i));
    });
    std::jthread runner([&] {
        while (!c.done())
            if (!home.run_one()) std::this_thread::yield();
    });
    for (int i = 0; i < 50; ++i) EXPECT_EQ(to.get().value, i);
}

}  // namespace
