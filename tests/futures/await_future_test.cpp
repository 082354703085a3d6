#include "concur/futures/await_future.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/coroutine.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using support::detached;
using support::move_only;
using support::task_coroutine;

template <class T>
task_coroutine<T> value_of(future<T> f) {
    co_return co_await f;
}

template <class T>
task_coroutine<T> moved_out_of(future<T> f) {
    co_return co_await std::move(f);
}

task_coroutine<> end_of(future<void> f) { co_await f; }

task_coroutine<std::string> ending_of(future<int> f) {
    try {
        co_return std::to_string(co_await f);
    } catch (const cancelled_error&) {
        co_return "cancelled";
    } catch (const std::exception& e) {
        co_return e.what();
    }
}

TEST(await_future_test, a_coroutine_goes_on_when_the_future_is_done_with_its_value) {
    const promise<int> p;
    auto c = value_of(p.get_future());
    EXPECT_FALSE(c.done());
    p.set_result(3);
    EXPECT_TRUE(c.done());
    EXPECT_EQ(c.result(), 3);
}

TEST(await_future_test, one_that_is_done_already_does_not_suspend) {
    auto c = value_of(support::ready(3));
    EXPECT_TRUE(c.done());
    EXPECT_EQ(c.result(), 3);
}

TEST(await_future_test, an_lvalue_gives_a_reference_to_the_shared_value) {
    const auto f = support::ready(std::string("apple"));
    const std::string* seen = nullptr;
    [](const future<std::string>& shared, const std::string*& at) -> detached { at = &co_await shared; }(f, seen);
    EXPECT_EQ(seen, &f.result());
}

TEST(await_future_test, an_rvalue_gives_the_value_moved_out) {
    auto f = support::ready(move_only(4));
    EXPECT_EQ(moved_out_of(f).result().value, 4);
    EXPECT_EQ(f.result().value, -1);
    const promise<move_only> p;
    auto c = moved_out_of(p.get_future());
    p.set_result(move_only(5));
    EXPECT_EQ(c.result().value, 5);
}

TEST(await_future_test, nothing_and_references_can_be_awaited) {
    const promise<void> p;
    auto c = end_of(p.get_future());
    EXPECT_FALSE(c.done());
    p.set_result();
    c.result();
    int apples = 1;
    const promise<int&> q;
    q.set_result(apples);
    int* seen = nullptr;
    [](future<int&> f, int*& at) -> detached { at = &co_await std::move(f); }(q.get_future(), seen);
    EXPECT_EQ(seen, &apples);
}

TEST(await_future_test, an_error_and_a_cancellation_are_thrown_inside_the_coroutine) {
    const promise<int> raised, cancelled;
    auto a = ending_of(raised.get_future()), b = ending_of(cancelled.get_future());
    raised.set_exception(std::runtime_error("oh"));
    cancelled.get_future().cancel();
    EXPECT_EQ(a.result(), "oh");
    EXPECT_EQ(b.result(), "cancelled");
    EXPECT_EQ(ending_of(support::failed<int>("late")).result(), "late");
    EXPECT_EQ(ending_of(support::cancelled<int>()).result(), "cancelled");
}

TEST(await_future_test, an_error_that_a_coroutine_saw_is_not_reported) {
    const support::reports seen;
    {
        const promise<int> p;
        auto c = ending_of(p.get_future());
        p.set_exception(std::runtime_error("oh"));
    }
    EXPECT_EQ(seen.count(), 0u);
}

task_coroutine<std::thread::id> thread_that_goes_on(future<void> f) {
    co_await f;
    co_return std::this_thread::get_id();
}

TEST(await_future_test, it_goes_on_on_the_thread_that_finishes_the_future) {
    const promise<void> p;
    auto c = thread_that_goes_on(p.get_future());
    std::thread setter([&] { p.set_result(); });
    const auto id = setter.get_id();
    setter.join();
    EXPECT_EQ(c.result(), id);
    EXPECT_EQ(thread_that_goes_on(support::ready()).result(), std::this_thread::get_id());
}

TEST(await_future_test, it_goes_on_inside_the_call_that_cancels) {
    const promise<int> p;
    auto c = ending_of(p.get_future());
    EXPECT_TRUE(p.get_future().cancel());
    EXPECT_TRUE(c.done());
}

TEST(await_future_test, many_coroutines_may_await_one_future_and_go_on_in_order) {
    const promise<int> p;
    std::vector<int> order;
    for (int i = 0; i < 4; ++i)
        [](future<int> f, std::vector<int>& list, int number) -> detached {
            co_await f;
            list.push_back(number);
        }(p.get_future(), order, i);
    p.set_result(1);
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

TEST(await_future_test, a_coroutine_that_is_destroyed_while_it_waits_is_forgotten) {
    const int before = support::tracked::live();
    const promise<int> p;
    bool went_on = false;
    {
        const auto c = [](future<int> f, bool& on, support::tracked) -> task_coroutine<> {
            co_await f;
            on = true;
        }(p.get_future(), went_on, support::tracked(1));
        EXPECT_EQ(support::tracked::live(), before + 1);
    }
    EXPECT_EQ(support::tracked::live(), before);
    p.set_result(1);
    EXPECT_FALSE(went_on);
}

TEST(await_future_test, a_coroutine_may_await_a_pool_s_tasks_one_after_the_other) {
    thread_pool_executor pool{2};
    auto sum = [](thread_pool_executor& where) -> task_coroutine<int> {
        int s = 0;
        for (int i = 0; i < 200; ++i) s += co_await where.submit([i] { return i; });
        co_return s;
    }(pool);
    EXPECT_EQ(sum.result(), 199 * 100);
}

TEST(await_future_test, awaiting_and_finishing_may_race) {
    thread_pool_executor pool{1};
    for (int round = 0; round < 1'000; ++round) {
        const promise<int> p;
        const auto done = pool.submit([&] { p.set_result(round); });
        auto c = value_of(p.get_future());
        ASSERT_EQ(c.result(), round);
        done.result();
    }
}

task_coroutine<std::size_t> allocations_of_awaiting(future<int> f) {
    const std::size_t before = support::allocations::count_here();
    co_await f;
    co_return support::allocations::count_here() - before;
}

TEST(await_future_test, waiting_allocates_nothing) {
    for (const bool warm : {false, true}) {
        const promise<int> p;
        auto c = allocations_of_awaiting(p.get_future());
        p.set_result(1);
        const std::size_t count = c.result();
        EXPECT_TRUE(!warm || count == 0) << count;
    }
}

// Lets what it throws out of resume().
struct rethrowing {
    struct promise_type {
        rethrowing get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { throw; }
    };
    std::coroutine_handle<promise_type> handle;
};

TEST(await_future_test, what_a_coroutine_lets_out_reaches_the_hook_and_not_the_setter) {
    const support::reports seen;
    const promise<int> p;
    // Never destroyed: our compilers would destroy what is in its frame a second time.
    static auto& kept = *new std::vector<rethrowing>;
    kept.push_back([](future<int> f) -> rethrowing {
        co_await f;
        throw std::runtime_error("let out");
    }(p.get_future()));
    EXPECT_NO_THROW(p.set_result(1));
    EXPECT_EQ(seen.lines(), std::vector<std::string>{"a coroutine: let out"});
}

}  // namespace
