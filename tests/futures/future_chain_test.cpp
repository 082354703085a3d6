// Futures made of futures: to any length, and waited for by a worker of the pool they need.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/when.hpp"
#include "concur/platform/clock.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;

constexpr int long_chain = 50'000;
// What cannot take so long, however slow the machine.
constexpr auto hung = 10s;

future<int> chain_of(future<int> f, int length) {
    for (int i = 0; i < length; ++i) f = f.then([](int n) { return n + 1; });
    return f;
}

TEST(future_chain_test, a_chain_of_any_length_ends) {
    const promise<int> p;
    const auto end = chain_of(p.get_future(), long_chain);
    p.set_result(0);
    EXPECT_EQ(end.result(), long_chain);
}

TEST(future_chain_test, a_long_chain_can_be_waited_for_before_it_begins_to_move) {
    const promise<int> p;
    const auto end = chain_of(p.get_future(), long_chain);
    std::atomic<int> id{0};
    std::thread waiter([&] {
        id = support::this_thread_id();
        EXPECT_EQ(end.result(), long_chain);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    p.set_result(0);
    waiter.join();
}

TEST(future_chain_test, a_worker_can_wait_for_a_long_chain) {
    thread_pool_executor pool{1};
    const auto result = pool.submit([&] { return chain_of(pool.submit([] { return 0; }), 10'000).result(); });
    EXPECT_EQ(result.result(), 10'000);
}

TEST(future_chain_test, an_error_or_a_cancellation_goes_through_a_chain_of_any_length) {
    const promise<int> raised, cancelled;
    const auto a = chain_of(raised.get_future(), long_chain), b = chain_of(cancelled.get_future(), long_chain);
    raised.set_exception(std::runtime_error("oh"));
    EXPECT_EQ(ending(a), "oh");
    cancelled.get_future().cancel();
    EXPECT_EQ(ending(b), "cancelled");
}

TEST(future_chain_test, a_long_chain_that_is_dropped_goes_with_its_promise) {
    const support::reports seen;
    promise<int> p;
    static_cast<void>(chain_of(p.get_future(), long_chain));
    p = {};
    EXPECT_LE(seen.count(), 1u);
}

future<int> count_down(int n) {
    if (n == 0) return support::ready(0);
    return support::ready(n).then([](int left) { return count_down(left - 1); });
}

TEST(future_chain_test, futures_that_return_futures_are_unwrapped_to_a_good_depth) {
    EXPECT_EQ(count_down(1'000).result(), 0);
}

// Each callback cancels the next future, and looks whether that one's callback has run.
struct nest {
    explicit nest(int depth) : promises(static_cast<std::size_t>(depth)) {}
    void arm() {
        for (std::size_t i = 0; i < promises.size(); ++i)
            promises[i].get_future().add_done_callback([this, i](const future<void>&) {
                ++ran;
                if (i + 1 == promises.size()) return;
                const int before = ran;
                promises[i + 1].get_future().cancel();
                if (ran == before) ++late;
            });
    }
    std::vector<promise<void>> promises;
    int ran = 0, late = 0;
};

TEST(future_chain_test, callbacks_have_run_when_cancel_returns_however_deep_it_is_called) {
    nest n(200);
    n.arm();
    n.promises[0].get_future().cancel();
    EXPECT_EQ(n.ran, 200);
    EXPECT_EQ(n.late, 0);
}

// Each level waits for a future whose callback is the next level.
int descend(int levels) {
    if (levels == 0) return 0;
    const promise<int> p;
    const auto f = p.get_future().then([](int left) { return descend(left - 1) + 1; });
    p.set_result(levels);
    return f.wait_for(hung) ? f.result() : -1'000'000;
}

TEST(future_chain_test, a_continuation_may_wait_for_another_that_it_sets_off_itself) { EXPECT_EQ(descend(200), 200); }

TEST(future_chain_test, a_worker_that_waits_for_a_continuation_is_woken_when_that_is_cancelled) {
    thread_pool_executor pool{1};
    const promise<int> never;
    const auto f = never.get_future().then([](int i) { return i; });
    std::atomic<int> id{0};
    const auto waiting = pool.submit([&] {
        id = support::this_thread_id();
        return ending(f);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(ending(waiting, hung), "value");
    never.set_result(1);
    EXPECT_EQ(waiting.result(), "cancelled");
}

TEST(future_chain_test, a_worker_that_waits_for_a_whole_is_woken_when_that_is_cancelled) {
    thread_pool_executor pool{1};
    const promise<int> never;
    const auto all = when_all(never.get_future(), support::ready(1));
    std::atomic<int> id{0};
    const auto waiting = pool.submit([&] {
        id = support::this_thread_id();
        return ending(all);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_TRUE(all.cancel());
    EXPECT_EQ(ending(waiting, hung), "value");
    never.set_result(1);
    EXPECT_EQ(waiting.result(), "cancelled");
}

// The part's waiters are woken before its callbacks run, and the whole is one of those.
TEST(future_chain_test, a_worker_that_waits_for_any_has_it_though_a_callback_holds_up_the_first) {
    thread_pool_executor pool{1};
    const promise<int> first, never;
    support::gate hold;
    first.get_future().add_done_callback([&](const future<int>&) { hold.wait(); });
    const auto any = when_any(first.get_future(), never.get_future());
    const auto waiting = pool.submit([&] { return any.result().index; });
    std::thread setter([&] { first.set_result(1); });
    EXPECT_TRUE(hold.until_came(1));
    hold.open();
    EXPECT_EQ(ending(waiting, hung), "value");
    never.set_result(1);
    setter.join();
    EXPECT_EQ(waiting.result(), 0u);
}

TEST(future_chain_test, a_worker_runs_the_task_that_a_continuation_hands_to_its_own_pool_later) {
    thread_pool_executor pool{1};
    const promise<int> p;
    support::gate hold;
    p.get_future().add_done_callback([&](const future<int>&) { hold.wait(); });
    const auto f = p.get_future().then([&](int i) { return pool.submit([i] { return i + 1; }); });
    const auto waiting = pool.submit([&] { return f.result(); });
    std::thread setter([&] { p.set_result(1); });
    EXPECT_TRUE(hold.until_came(1));
    hold.open();
    EXPECT_EQ(ending(waiting, hung), "value");
    setter.join();
}

TEST(future_chain_test, a_worker_of_a_pool_of_one_waits_for_wholes_and_continuations_of_its_own_tasks) {
    thread_pool_executor pool{1};
    const auto number = [](int i) { return [i] { return i; }; };
    const auto sum = pool.submit([&] {
        const auto all = when_all(std::vector{pool.submit(number(1)), pool.submit(number(2))});
        const auto any = when_any(pool.submit(number(4)), pool.submit(number(8)));
        const auto then = pool.submit(number(16)).then(pool, [&](int i) { return pool.submit(number(i)); });
        int s = 0;
        for (const auto& f : all.result()) s += f.result();
        return s + (any.result().index == 0 ? 4 : 8) + then.result();
    });
    EXPECT_TRUE(sum.wait_for(hung));
    EXPECT_GE(sum.result(), 3 + 4 + 16);
}

TEST(future_chain_test, a_worker_s_time_out_ends_after_the_task_it_runs_and_not_after_all_of_them) {
    int ran = 0;  // the pool's end waits for those that count here
    thread_pool_executor pool{1};
    const auto waited = pool.submit([&] {
        std::vector<future<void>> tasks;
        for (int i = 0; i < 10; ++i)
            tasks.push_back(pool.submit([&] {
                ++ran;
                const auto end = platform::steady_ns() + 5'000'000;
                while (platform::steady_ns() < end) {
                }
            }));
        const bool done = when_all(tasks).wait_for(1ms);
        return done ? -1 : ran;
    });
    EXPECT_GE(waited.result(), 0);
    EXPECT_LE(waited.result(), 2);
}

}  // namespace
