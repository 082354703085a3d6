// Threads that run the pending task that they wait for.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/for_each.hpp"
#include "concur/futures/invoke.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
#include "support/gate.hpp"
#include "support/sanitized.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using support::gate;
using support::opened_at_end;
using namespace std::chrono_literals;

namespace {

// A pool whose only worker stands before a door until the end.
struct held_pool {
    explicit held_pool(bool callers_help) : pool(thread_pool_options{.max_workers = 1, .callers_help = callers_help}) {
        pool.submit([this] { door.wait(); });
        door.until_came(1);
    }
    ~held_pool() { door.open(); }

    gate door;
    thread_pool_executor pool;
};

}  // namespace

TEST(thread_pool_callers_test, a_thread_that_waits_for_a_pending_task_runs_it) {
    held_pool held(true);
    const auto here = [] { return std::this_thread::get_id(); };
    EXPECT_EQ(held.pool.submit(here).result(), std::this_thread::get_id());
    const auto waited = held.pool.submit(here);
    waited.wait();
    EXPECT_EQ(waited.result(), std::this_thread::get_id());
}

TEST(thread_pool_callers_test, it_runs_no_other_task) {
    held_pool held(true);
    std::atomic<bool> other{false};
    const auto before = held.pool.submit([&] { other = true; });
    EXPECT_EQ(held.pool.submit([] { return 7; }).result(), 7);
    EXPECT_FALSE(other);
    EXPECT_TRUE(before.cancel());
}

TEST(thread_pool_callers_test, without_the_option_tasks_run_on_workers_alone) {
    EXPECT_FALSE(thread_pool_options{}.callers_help);
    thread_pool_executor pool{1};
    for (int i = 0; i < 100; ++i)
        EXPECT_NE(pool.submit([] { return std::this_thread::get_id(); }).result(), std::this_thread::get_id());
}

TEST(thread_pool_callers_test, a_wait_with_a_time_out_leaves_the_task_to_a_worker) {
    held_pool held(true);
    std::atomic<bool> ran{false};
    const auto f = held.pool.submit([&] { ran = true; });
    EXPECT_FALSE(f.wait_for(5ms));
    EXPECT_THROW(f.result(5ms), concur::timeout_error);
    EXPECT_FALSE(ran);
    f.result();
    EXPECT_TRUE(ran);
}

TEST(thread_pool_callers_test, what_the_task_throws_is_the_futures) {
    held_pool held(true);
    const auto f = held.pool.submit([] { throw std::runtime_error("no"); });
    EXPECT_THROW(f.result(), std::runtime_error);
}

TEST(thread_pool_callers_test, a_task_that_runs_already_is_waited_for) {
    gate begun, go;
    thread_pool_executor pool{{.max_workers = 1, .callers_help = true}};
    const auto f = pool.submit([&] {
        begun.open();
        go.wait();
        return std::this_thread::get_id();
    });
    begun.wait();
    std::jthread opens([&] { go.open(); });
    EXPECT_NE(f.result(), std::this_thread::get_id());
}

TEST(thread_pool_callers_test, it_goes_down_through_tasks_that_wait_for_tasks_as_far_as_its_stack_goes) {
    struct chain {
        thread_pool_executor pool{{.max_workers = 1, .callers_help = true}};
        int down(int n) {
            if (n == 0) return 0;
            return pool.submit([this, n] { return down(n - 1); }).result() + 1;
        }
    } all;
    const int levels = support::under_tsan() ? 2'000 : 20'000;  // it has a stack of its own, which ends sooner
    EXPECT_EQ(all.down(levels), levels);
}

TEST(thread_pool_callers_test, each_task_runs_once_whoever_comes_for_it) {
    std::atomic<int> ran{0};
    thread_pool_executor pool{{.max_workers = 2, .callers_help = true}};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) pool.submit([&] { ++ran; }).result();
        });
    threads.clear();
    EXPECT_EQ(ran, 1500);
}

namespace {

using pool_call = void(thread_pool_executor&);

// Each way in which a task may wait for others of its pool.
const std::pair<const char*, pool_call*> waits[] = {
    {"result", [](thread_pool_executor& p) { p.submit([] {}).result(); }},
    {"wait", [](thread_pool_executor& p) { concur::wait(std::vector{p.submit([] {}), p.submit([] {})}); }},
    {"when_all", [](thread_pool_executor& p) { concur::when_all(p.submit([] {}), p.submit([] {})).result(); }},
    {"wait_for", [](thread_pool_executor& p) { EXPECT_TRUE(p.submit([] {}).wait_for(support::long_enough)); }},
    {"then", [](thread_pool_executor& p) { p.submit([] { return 1; }).then(p, [](int) {}).result(); }},
    {"invoke", [](thread_pool_executor& p) { concur::invoke(p, [] {}, [] {}); }},
    {"for_each",
     [](thread_pool_executor& p) {
         std::vector<int> all(10);
         concur::for_each(p, all, [](int& i) { i = 1; });
     }},
    {"map",
     [](thread_pool_executor& p) {
         for (auto none : p.map([](int) {}, std::vector{1, 2})) static_cast<void>(none);
     }},
    {"unordered map",
     [](thread_pool_executor& p) {
         for (auto none : p.map({.ordered = false}, [](int) {}, std::vector{1, 2})) static_cast<void>(none);
     }},
};

}  // namespace

// The only worker waits for the task that the caller runs: nobody but the caller can do that task's parts.
TEST(thread_pool_callers_test, inside_a_task_that_it_runs_it_waits_as_a_worker_does) {
    for (const auto& [name, wait] : waits) {
        SCOPED_TRACE(name);
        gate held, waits_for_it;
        thread_pool_executor pool{{.max_workers = 1, .callers_help = true}};
        const opened_at_end guard(held);
        pool.submit([&] { held.wait(); });
        ASSERT_TRUE(held.until_came(1));
        const auto outer = pool.submit([&, call = wait] {
            held.open();
            waits_for_it.wait();  // the worker has come to the task behind, which waits for this one
            call(pool);
        });
        const auto behind = pool.submit([&] {
            waits_for_it.open();
            outer.result();
        });
        outer.result();
        behind.result();
    }
}

TEST(thread_pool_callers_test, so_does_one_that_runs_a_task_because_the_pool_is_full) {
    for (const auto& [name, wait] : waits) {
        SCOPED_TRACE(name);
        gate held;
        thread_pool_executor pool{{.max_workers = 1, .max_pending = 1, .when_full = concur::overflow::caller_runs}};
        const opened_at_end guard(held);
        pool.submit([&] { held.wait(); });
        ASSERT_TRUE(held.until_came(1));
        const auto waiting = pool.submit([] {});
        pool.submit([&, call = wait] { call(pool); }).result();
        EXPECT_FALSE(waiting.done());
    }
}

// It may be what the task waits for.
TEST(thread_pool_callers_test, what_the_thread_has_put_off_is_done_before_the_task) {
    gate put_off;
    thread_pool_executor pool{{.max_workers = 1, .callers_help = true}};
    constexpr std::size_t deep = 2'000;  // as many as run inside each other
    std::vector<concur::promise<void>> all(deep);
    for (std::size_t i = 0; i < deep; ++i)
        all[i].get_future().add_done_callback([&, i](const auto&) {
            if (i + 1 < deep) return all[i + 1].set_result();
            concur::promise<void> next;
            next.get_future().add_done_callback([&](const auto&) { put_off.open(); });
            next.set_result();
            pool.submit([&] { put_off.wait(); }).result();
        });
    all[0].set_result();
    EXPECT_TRUE(put_off.is_open());
}
