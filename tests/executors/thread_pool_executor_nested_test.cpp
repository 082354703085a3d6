// Tasks that wait for tasks of their own pool.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using namespace std::chrono_literals;

namespace {

// Keeps what it is given where it is: the compiler must not do without it.
void use(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

int depth_of(thread_pool_executor& pool, int left) {
    char some[1024];
    use(some);
    if (left == 0) return 0;
    const int below = pool.submit([&pool, left] { return depth_of(pool, left - 1); }).result();
    use(some);
    return 1 + below;
}

int fib(thread_pool_executor& pool, int n) {
    if (n < 2) return n;
    auto one = pool.submit(fib, std::ref(pool), n - 1);
    const int two = fib(pool, n - 2);
    return one.result() + two;
}

// Goes down task by task until one runs on a thread lent to the worker, because its stack is used up.
// Calls the second function as a callback of that one.
void dive(thread_pool_executor& pool, std::thread::id worker, int left, const std::function<void()>& at_the_bottom,
          const std::function<void()>& on_lent_thread = {}) {
    if (left == 0) return;
    char much[48 * 1024];
    use(much);
    if (std::this_thread::get_id() != worker) return at_the_bottom();
    auto deeper = pool.submit([&] { dive(pool, worker, left - 1, at_the_bottom, on_lent_thread); });
    if (on_lent_thread)
        deeper.add_done_callback([worker, on_lent_thread](const future<void>&) {
            if (std::this_thread::get_id() != worker) on_lent_thread();
        });
    deeper.result();
    use(much);
}

// Runs `fn` as the only task of a pool of one, whose line is full of other work behind it.
template <class F>
auto inside_a_busy_pool_of_one(F fn) {
    thread_pool_executor pool{1};
    auto answer = pool.submit([&] { return fn(pool); });
    for (int i = 0; i < 20; ++i) pool.submit([] {});
    if (!answer.wait_for(long_enough)) throw std::logic_error("a deadlock");
    return answer.result();
}

}  // namespace

TEST(thread_pool_executor_test, ten_thousand_tasks_deep_on_a_pool_of_one) {
    thread_pool_executor pool{1};
    auto deep = pool.submit([&] { return depth_of(pool, 10'000); });
    EXPECT_EQ(deep.result(), 10'000);
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, a_tree_of_tasks_on_pools_of_one_two_and_many) {
    for (const int workers : {1, 2, 4}) {
        thread_pool_executor pool{workers};
        EXPECT_EQ(pool.submit(fib, std::ref(pool), 14).result(), 377);
        EXPECT_LE(pool.worker_count(), workers);
    }
}

TEST(thread_pool_executor_test, a_worker_may_wait_for_several_futures_at_once) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        std::vector<future<int>> all;
        for (int i = 0; i < 20; ++i) all.push_back(pool.submit([i] { return i; }));
        const auto [done, not_done] = concur::wait(all);
        int total = not_done.empty() ? 0 : -1;
        for (const auto& f : done) total += f.result();
        return total;
    });
    EXPECT_EQ(sum, 190);
}

TEST(thread_pool_executor_test, a_worker_may_wait_for_the_first_of_several) {
    const auto done = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        const std::vector all{pool.submit([] { return 1; }), pool.submit([] { return 2; })};
        return concur::wait(all, concur::return_when::first_completed).done.size();
    });
    EXPECT_GE(done, 1U);
}

TEST(thread_pool_executor_test, a_worker_may_take_futures_as_they_complete) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        std::vector<future<int>> all;
        for (int i = 0; i < 20; ++i) all.push_back(pool.submit([i] { return i; }));
        int total = 0;
        for (auto& f : concur::as_completed(all)) total += f.result();
        return total;
    });
    EXPECT_EQ(sum, 190);
}

TEST(thread_pool_executor_test, a_worker_may_wait_for_when_all_and_when_any) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        auto [a, b] = concur::when_all(pool.submit([] { return 1; }), pool.submit([] { return 2; })).result();
        const std::vector some{pool.submit([] { return 3; }), pool.submit([] { return 3; })};
        const auto any = concur::when_any(some).result();
        return a.result() + b.result() + any.futures.at(any.index).result();
    });
    EXPECT_EQ(sum, 6);
}

TEST(thread_pool_executor_test, a_worker_may_wait_for_what_follows_a_task) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        const int here = pool.submit([] { return 1; }).then([](int n) { return n + 1; }).result();
        const int there = pool.submit([] { return 1; }).then(pool, [](int n) { return n + 2; }).result();
        const int flat =
            pool.submit([] { return 1; }).then([&pool](int n) { return pool.submit([n] { return n + 3; }); }).result();
        const int chain = pool.submit([] { return 1; })
                              .then(pool, [](int n) { return n + 1; })
                              .then(pool, [](int n) { return n + 1; })
                              .then([](int n) { return n + 1; })
                              .result();
        return 1000 * here + 100 * there + 10 * flat + chain;
    });
    EXPECT_EQ(sum, 2344);
}

TEST(thread_pool_executor_test, a_worker_may_wait_for_when_all_of_what_follows_tasks) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        std::vector<future<int>> all;
        for (int i = 0; i < 10; ++i) all.push_back(pool.submit([i] { return i; }).then(pool, [](int n) { return n; }));
        int total = 0;
        for (const auto& f : concur::when_all(all).result()) total += f.result();
        for (auto& f : concur::as_completed(all)) total += f.result();
        return total;
    });
    EXPECT_EQ(sum, 90);
}

TEST(thread_pool_executor_test, a_worker_may_map_over_its_own_pool) {
    const int sum = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        std::vector<int> items(30);
        std::iota(items.begin(), items.end(), 0);
        const auto doubled = [](int n) { return 2 * n; };
        int total = 0;
        for (const int n : pool.map(doubled, items)) total += n;
        for (const int n : pool.map({.chunksize = 4, .buffersize = 8}, doubled, items)) total += n;
        for (const int n : pool.map({.ordered = false}, doubled, items)) total += n;
        return total;
    });
    EXPECT_EQ(sum, 3 * 870);
}

TEST(thread_pool_executor_test, every_form_of_waiting_runs_the_task_in_a_pool_of_one) {
    const int right = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        const auto one = [&] { return pool.submit([] { return 1; }); };
        int good = one().result() + one().get() + one().result(1h);
        good += one().exception() == nullptr;
        const auto f = one(), g = one(), h = one();
        f.wait();
        good += f.done();
        good += g.wait_for(1h);
        good += h.wait_until(std::chrono::steady_clock::now() + 1h);
        return good;
    });
    EXPECT_EQ(right, 7);
}

TEST(thread_pool_executor_test, polling_inside_a_worker_runs_nothing) {
    const bool ran = inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
        bool it_ran = false;
        auto f = pool.submit([&] { it_ran = true; });
        const bool done = f.wait_for(0s) || f.done();
        try {
            f.result(0s);
        } catch (const concur::timeout_error&) {
        }
        const bool before = it_ran || done;
        f.result();
        return before;
    });
    EXPECT_FALSE(ran);
}

TEST(thread_pool_executor_test, an_error_in_a_helped_task_comes_to_the_one_who_waits) {
    EXPECT_THROW(inside_a_busy_pool_of_one([](thread_pool_executor& pool) {
                     pool.submit([] { throw std::out_of_range("inner"); }).result();
                     return 0;
                 }),
                 std::out_of_range);
}

TEST(thread_pool_executor_test, a_helped_task_runs_on_the_thread_that_waits_for_it) {
    thread_pool_executor pool{1};
    const bool same = pool.submit([&] {
                              const auto outer = std::this_thread::get_id();
                              return pool.submit([] { return std::this_thread::get_id(); }).result() == outer;
                          })
                          .result();
    EXPECT_TRUE(same);
}

TEST(thread_pool_executor_test, a_worker_that_waits_with_a_lock_held_meets_no_task_that_wants_the_lock) {
    std::mutex mutex;
    std::atomic<int> locked{0};
    thread_pool_executor pool{1};
    auto outer = pool.submit([&] {
        std::vector<future<void>> others;
        const std::lock_guard held(mutex);
        for (int i = 0; i < 10; ++i)
            others.push_back(pool.submit([&] {
                const std::lock_guard here(mutex);
                ++locked;
            }));
        const int mine = pool.submit([] { return 5; }).result();  // it stands behind the ten
        EXPECT_EQ(locked, 0);
        return std::pair(mine, others);
    });
    ASSERT_TRUE(outer.wait_for(long_enough)) << "a deadlock with its own lock";
    const auto [mine, others] = outer.result();
    concur::wait(others);
    EXPECT_EQ(mine, 5);
    EXPECT_EQ(locked, 10);
}

TEST(thread_pool_executor_test, a_worker_that_waits_for_a_running_task_of_its_pool_runs_no_other) {
    gate door;
    std::atomic<bool> unrelated{false};
    std::atomic<int> waiter{0};
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    auto running = pool.submit([&] { return door.wait(), 1; });
    ASSERT_TRUE(door.until_came(1));
    auto waits = pool.submit([&] { return waiter = support::this_thread_id(), running.result(); });
    auto other = pool.submit([&] { unrelated = true; });
    while (waiter == 0) std::this_thread::yield();
    ASSERT_TRUE(support::until_asleep(waiter));
    EXPECT_FALSE(unrelated);
    door.open();
    EXPECT_EQ(waits.result(long_enough), 1);
    other.result(long_enough);
    EXPECT_TRUE(unrelated);
}

TEST(thread_pool_executor_test, two_pools_of_one_may_wait_for_each_others_new_tasks) {
    thread_pool_executor a{1}, b{1};
    auto f = a.submit([&] { return b.submit([&] { return 2; }).result() + a.submit([] { return 1; }).result(); });
    EXPECT_EQ(f.result(long_enough), 3);
}

TEST(thread_pool_executor_test, a_helped_task_can_be_cancelled_by_another_and_the_waiter_is_told) {
    thread_pool_executor pool{1};
    auto f = pool.submit([&] {
        auto inner = pool.submit([] { return 1; });
        EXPECT_TRUE(inner.cancel());
        EXPECT_THROW(inner.result(), concur::cancelled_error);
        return 1;
    });
    EXPECT_EQ(f.result(long_enough), 1);
}

TEST(thread_pool_executor_test, many_workers_help_each_other_without_losing_a_task) {
    std::atomic<int> ran{0};
    thread_pool_executor pool{3};
    for (int round = 0; round < 50; ++round) {
        std::vector<future<int>> outer;
        for (int i = 0; i < 8; ++i)
            outer.push_back(pool.submit([&] {
                std::vector<future<int>> inner;
                for (int k = 0; k < 4; ++k) inner.push_back(pool.submit([&] { return ++ran, 1; }));
                int sum = 0;
                for (auto& f : inner) sum += f.result();
                return sum;
            }));
        for (auto& f : outer) ASSERT_EQ(f.result(long_enough), 4);
    }
    EXPECT_EQ(ran, 50 * 8 * 4);
}

TEST(thread_pool_executor_test, a_new_pool_at_the_address_of_one_that_ended_in_its_own_worker_is_another) {
    std::optional<thread_pool_executor> pool(std::in_place, 1);
    auto told = std::make_shared<concur::promise<bool>>();
    auto answer = told->get_future();
    pool->submit([&pool, told] {
        pool.reset();
        pool.emplace(1);
        const auto here = std::this_thread::get_id();
        told->set_result(pool->submit([] { return std::this_thread::get_id(); }).result() != here);
    });
    EXPECT_TRUE(answer.result(long_enough)) << "the task ran on a thread of the pool that is no more";
    pool.reset();
}

TEST(thread_pool_executor_test, a_worker_whose_stack_is_used_up_is_lent_a_thread) {
    thread_pool_executor pool{1};
    std::atomic<bool> lent{false};
    pool.submit([&] {
            dive(pool, std::this_thread::get_id(), 2000,
                 [&] { lent = pool.submit([&] { return pool.submit([] { return 1; }).result(); }).result() == 1; });
        })
        .result();
    EXPECT_TRUE(lent);
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, shutdown_waits_for_a_callback_on_a_lent_thread_too) {
    static gate begun, go;  // where shutdown() does not wait, the thread outlives this test
    static std::atomic<bool> called{false};
    const int me = support::this_thread_id();
    thread_pool_executor pool{1};
    const opened_at_end guard(go);
    pool.submit([&] {
        dive(
            pool, std::this_thread::get_id(), 2000, [] {},
            [] {
                begun.open();
                go.wait_for(long_enough);
                called = true;
            });
    });
    ASSERT_TRUE(begun.wait_for(long_enough));
    std::jthread opener([&] {
        support::until_asleep(me);
        go.open();
    });
    pool.shutdown();
    EXPECT_TRUE(called);
}
