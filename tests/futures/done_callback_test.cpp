#include "concur/futures/done_callback.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using support::ending;
using lines = std::vector<std::string>;

int last_noted = 0;
void note_last(future<int> f) { last_noted = f.result(); }

// fact 1
TEST(done_callback_test, one_added_before_completion_runs_exactly_once_with_the_future_as_argument) {
    const promise<int> set, raised, cancelled;
    lines calls;
    for (const auto* p : {&set, &raised, &cancelled})
        p->get_future().add_done_callback([&calls, f = p->get_future()](const future<int>& given) {
            EXPECT_EQ(given, f);
            EXPECT_TRUE(given.done());
            calls.push_back(ending(given));
        });
    EXPECT_TRUE(calls.empty());
    set.set_result(1);
    raised.set_exception(std::runtime_error("oh"));
    cancelled.get_future().cancel();
    cancelled.get_future().cancel();
    EXPECT_EQ(calls, (lines{"value", "oh", "cancelled"}));
}

TEST(done_callback_test, callbacks_run_in_the_order_of_adding) {
    const promise<void> p;
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        p.get_future().add_done_callback([&order, i](const future<void>&) { order.push_back(i); });
    p.set_result();
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

// fact 2
TEST(done_callback_test, what_one_throws_reaches_the_hook_and_the_later_ones_still_run) {
    const support::reports seen;
    const promise<void> p;
    bool later = false;
    p.get_future().add_done_callback([](const future<void>&) { throw std::runtime_error("oh"); });
    p.get_future().add_done_callback([&](const future<void>&) { later = true; });
    EXPECT_NO_THROW(p.set_result());
    EXPECT_TRUE(later);
    EXPECT_EQ(seen.lines(), lines{"a done-callback: oh"});
}

// fact 3
TEST(done_callback_test, one_added_after_completion_runs_here_and_now_and_its_throw_is_contained) {
    const support::reports seen;
    for (const auto& f : {support::ready(1), support::failed<int>("x"), support::cancelled<int>()}) {
        std::thread::id ran_on;
        f.add_done_callback([&](const future<int>&) { ran_on = std::this_thread::get_id(); });
        EXPECT_EQ(ran_on, std::this_thread::get_id());
    }
    EXPECT_NO_THROW(support::ready(1).add_done_callback([](const future<int>&) { throw std::runtime_error("late"); }));
    EXPECT_EQ(seen.lines(), lines{"a done-callback: late"});
}

// fact 4
TEST(done_callback_test, one_that_adds_another_sees_it_run_before_those_queued_after_it) {
    const promise<void> p;
    lines order;
    p.get_future().add_done_callback([&](const future<void>& f) {
        order.push_back("a");
        f.add_done_callback([&](const future<void>&) { order.push_back("nested"); });
    });
    p.get_future().add_done_callback([&](const future<void>&) { order.push_back("b"); });
    p.set_result();
    EXPECT_EQ(order, (lines{"a", "nested", "b"}));
}

// fact 5
TEST(done_callback_test, the_same_callable_registered_twice_runs_twice) {
    const promise<void> p;
    int runs = 0;
    const auto count = [&runs](const future<void>&) { ++runs; };
    p.get_future().add_done_callback(count);
    p.get_future().add_done_callback(count);
    p.set_result();
    EXPECT_EQ(runs, 2);
}

// fact 6
TEST(done_callback_test, a_blocked_thread_wakes_while_a_callback_still_runs) {
    support::gate begin, hold;
    thread_pool_executor pool{1};  // goes first: its callback is still on its way out of the gate
    const support::opened_at_end let_go(hold);
    const auto f = pool.submit([&] {
        begin.wait();
        return 3;
    });
    f.add_done_callback([&](const future<int>&) { hold.wait(); });
    std::atomic<int> got{0};
    std::thread reader([&] { got = f.result(); });
    begin.open();
    EXPECT_TRUE(hold.until_came(1));
    reader.join();
    EXPECT_EQ(got, 3);
    EXPECT_FALSE(hold.is_open());
}

// fact 7
TEST(done_callback_test, whatever_one_throws_the_pool_s_worker_lives_on) {
    const support::reports seen;
    support::gate begin;
    thread_pool_executor pool{1};
    const auto first = pool.submit([&] { begin.wait(); });
    struct not_an_exception {};
    first.add_done_callback([](const future<void>&) { throw not_an_exception{}; });
    first.add_done_callback([](const future<void>&) { throw 42; });
    begin.open();
    EXPECT_EQ(pool.submit([] { return 5; }).result(), 5);
    EXPECT_EQ(seen.lines(), (lines{"a done-callback: ?", "a done-callback: ?"}));
}

// fact 9
TEST(done_callback_test, those_fired_by_cancel_run_in_the_thread_that_called_cancel) {
    const promise<void> p;
    std::thread::id ran_on;
    p.get_future().add_done_callback([&](const future<void>& f) {
        EXPECT_TRUE(f.cancelled());
        ran_on = std::this_thread::get_id();
    });
    std::thread::id cancelled_on;
    std::thread([&, f = p.get_future()] {
        cancelled_on = std::this_thread::get_id();
        EXPECT_TRUE(f.cancel());
        EXPECT_EQ(ran_on, cancelled_on);
    }).join();
    EXPECT_EQ(ran_on, cancelled_on);
}

TEST(done_callback_test, those_of_a_result_run_in_the_thread_that_set_it) {
    const promise<void> p;
    std::thread::id ran_on, set_on;
    p.get_future().add_done_callback([&](const future<void>&) { ran_on = std::this_thread::get_id(); });
    std::thread([&] {
        set_on = std::this_thread::get_id();
        p.set_result();
    }).join();
    EXPECT_EQ(ran_on, set_on);
}

TEST(done_callback_test, one_may_be_a_function_or_only_move) {
    const promise<int> p;
    p.get_future().add_done_callback(note_last);
    int sum = 0;
    p.get_future().add_done_callback(
        [&sum, add = std::make_unique<int>(2)](const future<int>& f) { sum = *add + f.result(); });
    p.set_result(3);
    EXPECT_EQ(last_noted, 3);
    EXPECT_EQ(sum, 5);
}

TEST(done_callback_test, one_may_drop_the_last_handle_on_its_future) {
    const int before = support::tracked::live();
    promise<support::tracked> p;
    auto f = std::make_optional(p.get_future());
    f->add_done_callback([&](future<support::tracked> given) {
        f.reset();
        given = {};
    });
    p.set_result(support::tracked(1));
    p = {};
    EXPECT_FALSE(f.has_value());
    EXPECT_EQ(support::tracked::live(), before);
}

TEST(done_callback_test, one_may_drop_the_very_handle_that_is_cancelled) {
    auto f = std::make_optional(promise<int>().get_future());
    promise<int> p;
    f = p.get_future();
    f->add_done_callback([&](const future<int>&) { f.reset(); });
    p = {};
    EXPECT_FALSE(f.has_value());
    promise<int> q;
    f = q.get_future();
    f->add_done_callback([&](const future<int>&) { f.reset(); });
    EXPECT_TRUE(f->cancel());
    EXPECT_FALSE(f.has_value());
}

TEST(done_callback_test, it_is_gone_once_it_has_run_and_while_its_future_lives) {
    const int before = support::tracked::live();
    const promise<void> p;
    p.get_future().add_done_callback([t = support::tracked(1)](const future<void>&) {});
    EXPECT_EQ(support::tracked::live(), before + 1);
    p.set_result();
    EXPECT_EQ(support::tracked::live(), before);
}

TEST(done_callback_test, one_whose_copy_throws_is_not_added) {
    support::tracked::reset();
    const promise<void> p;
    int runs = 0;
    const auto fn = [&runs, t = support::tracked(1)](const future<void>&) { ++runs; };
    support::tracked::fail_copy(1);
    EXPECT_THROW(p.get_future().add_done_callback(fn), support::copy_failed);
    p.set_result();
    EXPECT_EQ(runs, 0);
    support::tracked::reset();
}

TEST(done_callback_test, one_that_waits_for_its_own_future_finds_it_done) {
    const promise<int> p;
    int got = 0;
    p.get_future().add_done_callback([&](const future<int>& f) { got = f.result(); });
    p.set_result(4);
    EXPECT_EQ(got, 4);
}

TEST(done_callback_test, callbacks_added_while_others_run_lose_nothing) {
    constexpr int adders = 4, each = 300;
    const promise<void> p;
    std::atomic<int> runs{0};
    std::vector<std::jthread> threads;
    support::gate begin;
    for (int t = 0; t < adders; ++t)
        threads.emplace_back([&, f = p.get_future()] {
            begin.wait();
            for (int i = 0; i < each; ++i) f.add_done_callback([&](const future<void>&) { ++runs; });
        });
    begin.until_came(adders);
    begin.open();
    p.set_result();
    threads.clear();
    EXPECT_EQ(runs, adders * each);
}

}  // namespace
