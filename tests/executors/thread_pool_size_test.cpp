// Workers that leave when they are idle or too many, and those that start instead.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/wait.hpp"
#include "concur/threading/event.hpp"
#include "concur/threading/semaphore.hpp"
#include "support/gate.hpp"
#include "support/injected.hpp"
#include "support/thread_name.hpp"
#include "support/until.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using support::thread_name;
using support::until;
using namespace std::chrono_literals;

namespace {

// False: it has not come to `n` workers in time.
bool comes_to(const thread_pool_executor& pool, int n) {
    return until([&] { return pool.worker_count() == n; });
}

// Has as many workers as there may be, each with nothing to do.
void fill(thread_pool_executor& pool) {
    gate door;
    std::vector<future<void>> all;
    const opened_at_end guard(door);
    for (int i = 0; i < pool.max_workers(); ++i) all.push_back(pool.submit([&] { door.wait(); }));
    ASSERT_TRUE(door.until_came(all.size()));
    door.open();
    for (const auto& f : all) f.wait();
}

}  // namespace

TEST(thread_pool_size_test, an_idle_worker_leaves_and_a_later_task_starts_a_new_one) {
    std::atomic<int> begun{0}, ended{0};
    thread_pool_executor pool{
        {.max_workers = 2, .initializer = [&] { ++begun; }, .on_worker_exit = [&] { ++ended; }, .idle_timeout = 1ms}};
    for (int round = 1; round <= 3; ++round) {
        const auto f = pool.submit([round] { return round; });
        EXPECT_EQ(f.result(), round);
        ASSERT_TRUE(comes_to(pool, 0));
        EXPECT_EQ(begun, round);
        EXPECT_EQ(ended, round);
    }
    pool.shutdown();
    EXPECT_EQ(ended, 3);
}

TEST(thread_pool_size_test, a_new_worker_takes_the_place_and_the_name_of_one_that_left) {
    thread_pool_executor pool{{.max_workers = 4, .thread_name_prefix = "place", .idle_timeout = 0ms}};
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(pool.submit(&thread_name).result(), "place_0");
        ASSERT_TRUE(comes_to(pool, 0));
    }
}

TEST(thread_pool_size_test, without_an_idle_timeout_workers_stay) {
    EXPECT_TRUE(thread_pool_options{}.idle_timeout.is_endless());
    thread_pool_executor pool{2};
    fill(pool);
    EXPECT_EQ(pool.worker_count(), 2);
}

TEST(thread_pool_size_test, a_worker_that_is_busy_for_longer_than_idle_timeout_does_not_leave) {
    gate door;
    thread_pool_executor pool{{.max_workers = 2, .idle_timeout = 1ms}};
    const opened_at_end guard(door);
    fill(pool);
    auto stays = pool.submit([&] { door.wait(); });
    ASSERT_TRUE(comes_to(pool, 1)) << "the other one leaves";
    EXPECT_FALSE(stays.wait_for(20ms));
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_size_test, what_a_worker_submits_as_it_leaves_is_run_by_another) {
    std::atomic<int> ran{0};
    thread_pool_executor* home = nullptr;
    thread_pool_executor pool{{.max_workers = 2,
                               .on_worker_exit =
                                   [&] {
                                       if (ran == 0) home->submit([&] { ++ran; }).result();
                                   },
                               .idle_timeout = 1ms}};
    home = &pool;
    pool.submit([] {}).result();
    ASSERT_TRUE(comes_to(pool, 0));
    EXPECT_EQ(ran, 1);
}

TEST(thread_pool_size_test, a_thread_that_submits_when_its_locals_are_destroyed_keeps_nobody_from_its_place) {
    struct submits_at_end {
        ~submits_at_end() {
            if (pool == nullptr) return;
            pool->submit([] {}).result();
            told->open();
        }
        thread_pool_executor* pool = nullptr;
        gate* told = nullptr;
    };
    gate told;
    thread_pool_executor pool{{.max_workers = 1, .idle_timeout = 0ms}};
    pool.submit([&] {
            thread_local submits_at_end late;
            late.pool = &pool;
            late.told = &told;
        })
        .result();
    for (int i = 0; i < 20; ++i) pool.submit([] {}).result();
    EXPECT_TRUE(told.wait_for(long_enough));
}

TEST(thread_pool_size_test, no_task_is_lost_where_workers_leave_at_once) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{{.max_workers = 3, .idle_timeout = 0ms}};
        std::vector<std::jthread> submitters;
        for (int t = 0; t < 2; ++t)
            submitters.emplace_back([&] {
                std::vector<future<void>> all;  // done before the pool takes no more
                for (int i = 0; i < 200; ++i) {
                    all.push_back(pool.submit([&] { pool.submit([&] { ++ran; }); }));
                    if (i % 3 == 0) all.back().result();
                }
                for (const auto& f : all) f.result();
            });
    }
    EXPECT_EQ(ran, 400);
}

TEST(thread_pool_size_test, resize_sends_idle_workers_away_at_once) {
    std::atomic<int> ended{0};
    thread_pool_executor pool{{.max_workers = 4, .on_worker_exit = [&] { ++ended; }}};
    fill(pool);
    EXPECT_EQ(pool.worker_count(), 4);
    pool.resize(1);
    EXPECT_EQ(pool.max_workers(), 1);
    ASSERT_TRUE(comes_to(pool, 1));
    EXPECT_EQ(ended, 3);
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
}

TEST(thread_pool_size_test, resize_leaves_a_busy_worker_its_task_and_what_it_keeps) {
    gate door, told;
    std::atomic<int> ran{0};
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    auto keeps = pool.submit([&] {
        for (int i = 0; i < 10; ++i) pool.submit([&] { ++ran; });
        told.open();
        door.wait();
    });
    auto other = pool.submit([&] { door.wait(); });
    told.wait();
    pool.resize(1);
    EXPECT_FALSE(keeps.done());
    door.open();
    keeps.result();
    other.result();
    ASSERT_TRUE(comes_to(pool, 1));
    pool.shutdown();
    EXPECT_EQ(ran, 10);
}

TEST(thread_pool_size_test, resize_to_more_starts_workers_for_tasks_that_wait) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    for (int i = 0; i < 4; ++i) all.push_back(pool.submit([&] { door.wait(); }));
    ASSERT_TRUE(door.until_came(1));
    pool.resize(3);
    ASSERT_TRUE(door.until_came(3)) << "three run at once, and nobody has submitted any more";
    EXPECT_EQ(pool.worker_count(), 3);
}

TEST(thread_pool_size_test, resize_to_more_starts_nobody_where_nothing_waits) {
    thread_pool_executor pool{1};
    pool.submit([] {}).result();
    pool.resize(8);
    EXPECT_EQ(pool.max_workers(), 8);
    pool.submit([] {}).result();
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_size_test, resize_below_one_is_rejected_and_changes_nothing) {
    thread_pool_executor pool{2};
    EXPECT_THROW(pool.resize(0), std::invalid_argument);
    EXPECT_THROW(pool.resize(-1), std::invalid_argument);
    EXPECT_THROW(pool.resize(LLONG_MIN), std::invalid_argument);
    EXPECT_EQ(pool.max_workers(), 2);
    try {
        pool.resize(0U);
        ADD_FAILURE() << "a pool without workers";
    } catch (const std::invalid_argument& e) {
        EXPECT_NE(std::string(e.what()).find("1 worker or more"), std::string::npos) << e.what();
    }
}

TEST(thread_pool_size_test, resize_after_shutdown_starts_nobody) {
    thread_pool_executor pool{2};
    pool.submit([] {}).result();
    pool.shutdown();
    pool.resize(5);
    EXPECT_EQ(pool.worker_count(), 0);
    EXPECT_THROW(pool.submit([] {}), concur::executor_shutdown);
}

TEST(thread_pool_size_test, a_task_may_resize_its_own_pool) {
    thread_pool_executor pool{4};
    fill(pool);
    pool.submit([&] { pool.resize(1); }).result();
    ASSERT_TRUE(comes_to(pool, 1));
    pool.submit([&] { pool.resize(4); }).result();
    fill(pool);
    EXPECT_EQ(pool.worker_count(), 4);
}

TEST(thread_pool_size_test, no_task_is_lost_while_a_pool_is_resized_again_and_again) {
    std::atomic<int> ran{0};
    {
        thread_pool_executor pool{4};
        std::atomic<bool> over{false};
        std::jthread resizes([&] {
            for (int n = 0; !over; ++n) pool.resize(1 + n % 4);
        });
        std::vector<std::jthread> submitters;
        for (int t = 0; t < 2; ++t)
            submitters.emplace_back([&] {
                std::vector<future<void>> all;  // done before the pool takes no more
                for (int i = 0; i < 500; ++i) {
                    all.push_back(pool.submit([&] { pool.submit([&] { ++ran; }); }));
                    if (i % 10 == 0) all.back().result();
                }
                for (const auto& f : all) f.result();
            });
        submitters.clear();
        over = true;
    }
    EXPECT_EQ(ran, 1000);
}

TEST(thread_pool_size_test, a_worker_that_sleeps_comes_for_many_tasks_though_the_system_has_no_thread_for_more) {
    thread_pool_executor pool(2);
    pool.submit([] {}).wait();
    ASSERT_TRUE(until([&] { return pool.statistics().idle == 1; }));
    const support::injected refusal(concur::platform::system_call::thread, EAGAIN, 1, true);
    int sum = 0;
    for (const int i : pool.map({.timeout = long_enough}, [](int n) { return n; }, std::vector{1, 2, 3, 4, 5}))
        sum += i;
    EXPECT_EQ(sum, 15);
    EXPECT_EQ(pool.worker_count(), 1);
}

// Tasks that wait for one another inside a primitive, all but the last.
TEST(thread_pool_size_test, tasks_that_wait_inside_a_primitive_for_later_ones_are_lent_threads) {
    constexpr int many = 20;
    concur::threading::semaphore turns(0);
    std::atomic<int> most{0};
    {
        thread_pool_executor pool(2);
        for (int i = 0; i < many; ++i) pool.submit([&] { turns.acquire(); });
        pool.submit([&] {
            EXPECT_TRUE(until([&] { return pool.worker_count() > 2; }));
            most = pool.worker_count();
            turns.release(many);
        });
    }  // its end waits for them all
    EXPECT_GT(most, 2);
    EXPECT_LE(most, 2 + 32);
}

TEST(thread_pool_size_test, threads_that_were_lent_leave_when_the_waits_are_over) {
    concur::threading::event over;
    thread_pool_executor pool(2);
    std::vector<future<void>> waiting;
    for (int i = 0; i < 6; ++i) waiting.push_back(pool.submit([&] { over.wait(); }));
    EXPECT_EQ(pool.submit([] { return 7; }).result(), 7);
    EXPECT_TRUE(until([&] { return pool.worker_count() >= 6; }));
    over.set();
    EXPECT_TRUE(comes_to(pool, 2));
    EXPECT_EQ(pool.max_workers(), 2);
}

TEST(thread_pool_size_test, no_more_threads_are_lent_than_the_pool_may_have) {
    concur::threading::event over;
    thread_pool_executor pool(thread_pool_options{.max_workers = 1, .spare_workers = 2});
    for (int i = 0; i < 3; ++i) pool.submit([&] { over.wait(); });
    EXPECT_TRUE(comes_to(pool, 3));
    const auto last = pool.submit([&] { return over.is_set(); });
    EXPECT_FALSE(last.done());
    over.set();
    EXPECT_TRUE(last.result());
    EXPECT_THROW(thread_pool_executor(thread_pool_options{.spare_workers = -1}), std::invalid_argument);
}

TEST(thread_pool_size_test, a_pool_of_one_that_has_grown_is_lent_threads) {
    concur::threading::event over;
    thread_pool_executor pool(1);
    pool.resize(2);
    for (int i = 0; i < 4; ++i) pool.submit([&] { over.wait(); });
    pool.submit([&] { over.set(); }).wait();
}

// Whose tasks may count on being alone.
TEST(thread_pool_size_test, a_pool_of_one_is_lent_nothing_unless_it_is_told_so) {
    concur::threading::event over;
    thread_pool_executor one(1), none(thread_pool_options{.max_workers = 2, .spare_workers = 0});
    for (thread_pool_executor* pool : {&one, &none}) {
        std::vector<future<bool>> waiting;
        for (int i = 0; i < pool->max_workers(); ++i) waiting.push_back(pool->submit([&] { return over.wait(20ms); }));
        const auto last = pool->submit([&] { return waiting.front().done() || waiting.back().done(); });
        EXPECT_TRUE(last.result());
        EXPECT_EQ(pool->worker_count(), pool->max_workers());
    }
}
