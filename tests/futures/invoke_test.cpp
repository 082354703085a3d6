#include "concur/futures/invoke.hpp"

#include "concur/executors/process_pool_executor.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <concepts>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using concur::invoke;
using concur::thread_pool_executor;
using support::gate;

TEST(invoke_test, gives_the_results_in_the_order_of_the_functions) {
    thread_pool_executor pool(2);
    const auto [a, b, c] = invoke(pool, [] { return 1; }, [] { return std::string("two"); }, [] { return 3.0; });
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, "two");
    EXPECT_EQ(c, 3.0);
}

TEST(invoke_test, gives_nothing_where_all_return_nothing) {
    thread_pool_executor pool(2);
    std::atomic<int> ran{0};
    static_assert(std::is_void_v<decltype(invoke(pool, [&] { ++ran; }, [&] { ++ran; }))>);
    invoke(pool, [&] { ++ran; }, [&] { ++ran; });
    EXPECT_EQ(ran, 2);
    const auto [none, seven] = invoke(pool, [] {}, [] { return 7; });
    EXPECT_EQ(none, concur::nothing());
    EXPECT_EQ(seven, 7);
}

TEST(invoke_test, calls_one_function_too) {
    thread_pool_executor pool(1);
    EXPECT_EQ(std::get<0>(invoke(pool, [] { return 7; })), 7);
}

TEST(invoke_test, gives_references_and_values_that_only_move) {
    thread_pool_executor pool(2);
    int x = 1;
    auto [r, p] = invoke(pool, [&]() -> int& { return x; }, [] { return std::make_unique<int>(5); });
    static_assert(std::same_as<decltype(r), int&>);
    EXPECT_EQ(&r, &x);
    EXPECT_EQ(*p, 5);
}

// Neither can end without the other.
TEST(invoke_test, runs_its_functions_side_by_side) {
    thread_pool_executor pool(2);
    gate one, other;
    invoke(
        pool,
        [&] {
            one.open();
            other.wait();
        },
        [&] {
            other.open();
            one.wait();
        });
}

TEST(invoke_test, does_everything_itself_where_it_is_alone) {
    thread_pool_executor pool(1);
    const auto threads = [&] {
        return invoke(pool, [] { return std::this_thread::get_id(); }, [] { return std::this_thread::get_id(); });
    };
    const auto [a, b] = pool.submit(threads).result();
    EXPECT_EQ(a, b);
}

long fib(thread_pool_executor& pool, int n) {
    if (n < 2) return n;
    const auto [a, b] = invoke(pool, [&] { return fib(pool, n - 1); }, [&] { return fib(pool, n - 2); });
    return a + b;
}

TEST(invoke_test, may_be_nested_to_any_depth) {
    for (const int workers : {1, 2, 4}) {
        thread_pool_executor pool(workers);
        EXPECT_EQ(fib(pool, 20), 6765) << workers;
    }
}

TEST(invoke_test, allocates_nothing) {
    thread_pool_executor pool(2);
    const auto counted = [&] {
        fib(pool, 15);
        const std::size_t before = support::allocations::count_here();
        fib(pool, 15);
        return support::allocations::count_here() - before;
    };
    EXPECT_EQ(pool.submit(counted).result(), 0u);
}

TEST(invoke_test, throws_the_first_exception_when_all_have_ended) {
    thread_pool_executor pool(2);
    std::atomic<int> ended{0};
    const auto all = [&] {
        invoke(
            pool, [&] { ++ended; },
            [&] {
                ++ended;
                throw std::runtime_error("the second");
            },
            [&] {
                ++ended;
                throw std::logic_error("the third");
            });
    };
    EXPECT_THROW(all(), std::runtime_error);
    EXPECT_EQ(ended, 3);
    ended = 0;
    EXPECT_THROW(pool.submit(all).result(), std::runtime_error);
    EXPECT_EQ(ended, 3);
}

TEST(invoke_test, throws_what_submit_throws) {
    thread_pool_executor pool(1);
    pool.shutdown();
    EXPECT_THROW(invoke(pool, [] {}), concur::executor_shutdown);
}

TEST(invoke_test, ends_what_it_has_begun_though_the_pool_is_shut_down_meanwhile) {
    thread_pool_executor pool(2);
    std::atomic<int> ran{0};
    gate inside, go;
    const auto task = pool.submit([&] {
        invoke(
            pool,
            [&] {
                inside.open();
                go.wait();
                ++ran;
            },
            [&] { ++ran; }, [&] { ++ran; }, [&] { ++ran; });
    });
    inside.wait();
    pool.shutdown({.wait = false, .cancel_futures = true});
    go.open();
    task.result();
    EXPECT_EQ(ran, 4) << "a task that runs is not cancelled, nor are its branches";
}

TEST(invoke_test, may_be_called_by_a_worker_of_another_pool) {
    thread_pool_executor here(1);
    thread_pool_executor there(1);
    const auto ask = [&] { return std::get<0>(invoke(there, [] { return 7; })); };
    EXPECT_EQ(here.submit(ask).result(), 7);
}

// What waits for a branch may hold a lock that an unrelated task wants.
TEST(invoke_test, runs_no_unrelated_task_while_it_waits) {
    thread_pool_executor pool(2);
    std::mutex lock;
    for (int round = 0; round < 200; ++round) {
        const auto outer = pool.submit([&] {
            const std::lock_guard held(lock);
            const auto unrelated = pool.submit([&] { const std::lock_guard also(lock); });
            invoke(pool, [] {}, [] { std::this_thread::yield(); });
            return unrelated;
        });
        outer.result().result();
    }
}

TEST(invoke_test, refuses_an_executor_whose_calls_travel) {
    concur::process_pool_executor processes(1);
    concur::executor& somewhere = processes;
    EXPECT_THROW(invoke(somewhere, [] {}), std::invalid_argument);
}

TEST(invoke_test, takes_any_executor_of_this_process) {
    thread_pool_executor pool(2);
    concur::executor& somewhere = pool;
    EXPECT_EQ(std::get<1>(invoke(somewhere, [] { return 1; }, [] { return 2; })), 2);
}

}  // namespace
