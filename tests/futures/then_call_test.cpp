#include "concur/futures/then_call.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::cancelled;
using support::ending;
using support::failed;
using support::manual_executor;
using support::move_only;
using support::ready;
using support::tracked;

TEST(then_call_test, it_gives_a_future_of_what_fn_makes_of_the_value) {
    const promise<int> p;
    const future<std::string> f = p.get_future().then([](int i) { return std::to_string(i); });
    EXPECT_FALSE(f.done());
    p.set_result(7);
    EXPECT_EQ(f.result(), "7");
    EXPECT_EQ(ready(8).then([](int i) { return i + 1; }).result(), 9);
}

TEST(then_call_test, it_runs_on_the_thread_that_makes_the_future_done_or_here_where_it_is) {
    const auto thread_of = [](int) { return std::this_thread::get_id(); };
    EXPECT_EQ(ready(1).then(thread_of).result(), std::this_thread::get_id());
    const promise<int> p;
    const auto f = p.get_future().then(thread_of);
    std::thread setter([&] { p.set_result(1); });
    const auto id = setter.get_id();
    setter.join();
    EXPECT_EQ(f.result(), id);
}

TEST(then_call_test, an_error_passes_fn_by_as_the_same_exception) {
    bool ran = false;
    const auto source = failed<int>("oh");
    const auto f = source.then([&](int) { ran = true; });
    EXPECT_FALSE(ran);
    EXPECT_EQ(ending(f), "oh");
    EXPECT_EQ(f.exception(), source.exception());
}

TEST(then_call_test, a_cancellation_passes_fn_by_too) {
    bool ran = false;
    const auto f = cancelled<int>().then([&](int) { ran = true; });
    EXPECT_FALSE(ran);
    EXPECT_TRUE(f.cancelled());
    const promise<void> p;
    const auto chain = p.get_future().then([] { return 1; }).then([](int i) { return i; });
    p.get_future().cancel();
    EXPECT_EQ(ending(chain), "cancelled");
}

TEST(then_call_test, a_fn_that_takes_the_future_sees_values_errors_and_cancellation) {
    const auto look = [](const future<int>& f) { return ending(f); };
    EXPECT_EQ(ready(1).then(look).result(), "value");
    EXPECT_EQ(failed<int>("oh").then(look).result(), "oh");
    EXPECT_EQ(cancelled<int>().then(look).result(), "cancelled");
    EXPECT_EQ(ready().then([](const future<void>& f) { return f.done(); }).result(), true);
}

TEST(then_call_test, what_fn_throws_is_the_new_future_s_exception) {
    EXPECT_EQ(ending(ready(1).then([](int) -> int { throw std::runtime_error("mine"); })), "mine");
    EXPECT_THROW(ready(1).then([](int) { throw 42; }).result(), int);
    EXPECT_EQ(ending(ready(1).then([](const future<int>&) { throw std::runtime_error("mine"); })), "mine");
}

TEST(then_call_test, a_future_that_fn_returns_is_waited_for_in_turn) {
    const promise<int> inner;
    const future<int> f = ready(1).then([&](int) { return inner.get_future(); });
    EXPECT_TRUE(f.running());
    EXPECT_FALSE(f.cancel());
    inner.set_result(5);
    EXPECT_EQ(f.result(), 5);
    EXPECT_EQ(ready().then([] { return ready(6); }).result(), 6);
    EXPECT_EQ(ready().then([] { return ready(); }).exception(), nullptr);
}

TEST(then_call_test, the_inner_future_s_error_and_cancellation_are_the_outer_one_s) {
    EXPECT_EQ(ending(ready(1).then([](int) { return failed<int>("inner"); })), "inner");
    EXPECT_EQ(ending(ready(1).then([](int) { return cancelled<int>(); })), "cancelled");
    const promise<void> late;
    const auto f = ready(1).then([&](int) { return late.get_future(); });
    late.get_future().cancel();
    EXPECT_TRUE(f.cancelled());
}

TEST(then_call_test, an_empty_inner_future_is_an_error) {
    EXPECT_THROW(ready(1).then([](int) { return future<int>(); }).result(), invalid_state_error);
}

TEST(then_call_test, the_inner_value_is_shared_where_it_can_be_copied_and_moved_where_not) {
    const auto inner = ready(std::string("apple"));
    EXPECT_EQ(ready().then([&] { return inner; }).result(), "apple");
    EXPECT_EQ(inner.result(), "apple");
    EXPECT_EQ(ready().then([] { return ready(move_only(3)); }).result().value, 3);
    int apples = 1;
    const promise<int&> reference;
    reference.set_result(apples);
    EXPECT_EQ(&ready().then([&] { return reference.get_future(); }).result(), &apples);
}

TEST(then_call_test, on_a_future_that_stays_the_value_is_only_looked_at) {
    tracked::reset();
    const auto f = ready(tracked(4));
    const int moves = tracked::moves();
    EXPECT_EQ(f.then([](const tracked& t) { return t.value; }).result(), 4);
    EXPECT_EQ(tracked::copies(), 0);
    EXPECT_EQ(tracked::moves(), moves);
    EXPECT_EQ(f.result().value, 4);
}

TEST(then_call_test, on_a_future_that_goes_the_value_is_moved_into_fn) {
    auto f = ready(move_only(4));
    const auto g = std::move(f).then([](move_only m) { return m.value; });
    EXPECT_FALSE(f.valid());
    EXPECT_EQ(g.result(), 4);
    EXPECT_EQ(ready(std::make_unique<int>(5)).then([](std::unique_ptr<int> p) { return *p; }).result(), 5);
}

TEST(then_call_test, references_go_through_as_references) {
    int apples = 1;
    const promise<int&> p;
    p.set_result(apples);
    const auto f = p.get_future().then([](int& i) -> int& { return ++i; });
    EXPECT_TRUE((std::is_same_v<decltype(f), const future<int&>>));
    EXPECT_EQ(&f.result(), &apples);
    EXPECT_EQ(apples, 2);
}

TEST(then_call_test, fn_may_be_a_member_or_only_move) {
    const auto f = ready(std::string("apple"));
    EXPECT_EQ(f.then(&std::string::size).result(), 5u);
    EXPECT_EQ(ready(1).then([two = std::make_unique<int>(2)](int i) { return i + *two; }).result(), 3);
}

TEST(then_call_test, cancelling_the_new_future_leaves_the_old_one_and_fn_is_never_run) {
    const int before = tracked::live();
    const promise<int> p;
    bool ran = false;
    const auto f = p.get_future().then([&ran, t = tracked(1)](int) { ran = true; });
    EXPECT_EQ(tracked::live(), before + 1);
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(tracked::live(), before);
    EXPECT_FALSE(p.get_future().done());
    p.set_result(1);
    EXPECT_FALSE(ran);
    EXPECT_EQ(ending(f), "cancelled");
}

TEST(then_call_test, a_cancelled_one_lets_go_of_the_future_it_followed) {
    const int before = tracked::live();
    auto source = ready(tracked(1));
    manual_executor executor;
    const auto f = source.then(executor, [](const tracked&) {});
    EXPECT_TRUE(f.cancel());
    source = {};
    EXPECT_EQ(tracked::live(), before);
}

TEST(then_call_test, one_that_has_run_lets_go_of_fn_and_of_the_future_it_followed) {
    const int before = tracked::live();
    auto source = ready(tracked(1));
    const auto f = source.then([t = tracked(2)](const tracked& s) { return s.value; });
    const auto g = source.then([t = tracked(3)](const future<tracked>&) -> int { throw 1; });
    source = {};
    EXPECT_EQ(tracked::live(), before);
    EXPECT_EQ(f.result(), 1);
    EXPECT_NE(g.exception(), nullptr);
}

TEST(then_call_test, a_copy_or_move_of_fn_that_throws_harms_nobody) {
    tracked::reset();
    const auto fn = [t = tracked(1)](int i) { return i; };
    const auto source = ready(3);
    tracked::fail_copy(1);
    EXPECT_THROW(source.then(fn), support::copy_failed);
    EXPECT_EQ(source.then(fn).result(), 3);
    tracked::reset();
    const promise<int> p;
    const auto f = p.get_future().then(fn);
    tracked::fail_move(1);
    p.set_result(4);
    EXPECT_TRUE(ending(f) == "value" || f.exception() != nullptr);
    tracked::reset();
}

TEST(then_call_test, given_an_executor_fn_is_submitted_there) {
    manual_executor executor;
    const promise<int> p;
    const auto f = p.get_future().then(executor, [](int i) { return i + 1; });
    EXPECT_EQ(executor.run_all(), 0);
    p.set_result(1);
    EXPECT_FALSE(f.done());
    EXPECT_EQ(executor.run_all(), 1);
    EXPECT_EQ(f.result(), 2);
    const auto late = ready(2).then(executor, [](int i) { return i + 1; });
    EXPECT_FALSE(late.done());
    EXPECT_EQ(executor.run_all(), 1);
    EXPECT_EQ(late.result(), 3);
}

TEST(then_call_test, one_that_stands_in_an_executor_s_line_can_be_cancelled_or_refused) {
    manual_executor executor;
    const auto a = ready(1).then(executor, [](int i) { return i; });
    EXPECT_TRUE(a.cancel());
    EXPECT_EQ(executor.run_all(), 1);
    const auto b = ready(1).then(executor, [](int i) { return i; });
    executor.refuse_all(nullptr);
    EXPECT_TRUE(b.cancelled());
    const auto c = ready(1).then(executor, [](int i) { return i; });
    executor.refuse_all(std::make_exception_ptr(broken_executor("broke")));
    EXPECT_EQ(ending(c), "broke");
}

TEST(then_call_test, an_executor_that_takes_nothing_any_more_fails_the_new_future) {
    manual_executor executor;
    executor.shutdown();
    const promise<int> p;
    const auto f = p.get_future().then(executor, [](int i) { return i; });
    EXPECT_NO_THROW(p.set_result(1));
    EXPECT_THROW(f.result(), executor_shutdown);
    EXPECT_THROW(ready(1).then(executor, [](int i) { return i; }).result(), executor_shutdown);
}

TEST(then_call_test, on_a_pool_it_runs_on_one_of_its_threads) {
    thread_pool_executor pool{2};
    const auto worker_of = [](int) { return std::this_thread::get_id(); };
    const auto id = pool.submit([] { return 1; }).then(pool, worker_of).result();
    EXPECT_NE(id, std::this_thread::get_id());
    EXPECT_EQ(ready(1).then(pool, [&](int) { return pool.submit([] { return 9; }); }).result(), 9);
}

TEST(then_call_test, an_unread_error_at_the_end_of_a_chain_is_reported_once) {
    const support::reports seen;
    {
        const promise<int> p;
        p.get_future().then([](int i) { return i; }).then([](int i) { return i; });
        p.set_exception(std::runtime_error("oh"));
    }
    EXPECT_EQ(seen.lines(), std::vector<std::string>{"a continuation: oh"});
}

TEST(then_call_test, the_error_of_an_inner_future_is_reported_once_and_not_where_it_is_read) {
    const support::reports seen;
    const auto fails = [](int) {
        const promise<int> p;
        p.set_exception(std::runtime_error("oh"));
        return p.get_future();
    };
    EXPECT_EQ(ending(ready(1).then(fails)), "oh");
    EXPECT_EQ(seen.count(), 0u);
    static_cast<void>(ready(1).then(fails));
    EXPECT_EQ(seen.count(), 1u);
}

TEST(then_call_test, a_new_future_that_is_dropped_still_runs_fn) {
    const promise<int> p;
    int got = 0;
    static_cast<void>(p.get_future().then([&](int i) { got = i; }));
    p.set_result(4);
    EXPECT_EQ(got, 4);
}

TEST(then_call_test, cancelling_and_completing_may_race_and_one_of_them_wins) {
    thread_pool_executor pool{1};
    for (int round = 0; round < 1'000; ++round) {
        const promise<int> p;
        std::atomic<int> runs{0};
        const auto f = round % 2 == 0 ? p.get_future().then([&](int) { ++runs; })
                                      : p.get_future().then(pool, [&](int) { ++runs; });
        std::thread setter([&] { p.set_result(1); });
        const bool won = f.cancel();
        setter.join();
        f.wait();
        ASSERT_EQ(f.cancelled(), won);
        ASSERT_EQ(runs, won ? 0 : 1);
    }
}

}  // namespace
