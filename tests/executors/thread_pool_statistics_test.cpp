// What a pool tells of itself.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/wait.hpp"
#include "support/gate.hpp"
#include "support/until.hpp"

#include <atomic>
#include <cstdint>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::opened_at_end;
using support::until;

namespace {

// False: it has not come to that in time.
template <class F>
bool comes_to(const thread_pool_executor& pool, F wanted) {
    return until([&] { return wanted(pool.statistics()); });
}

}  // namespace

TEST(thread_pool_statistics_test, of_a_new_pool_is_all_zero) {
    const thread_pool_executor pool{2};
    const auto s = pool.statistics();
    EXPECT_EQ(s.submitted + s.done + s.waiting + s.longest_line + s.stolen + s.parked, 0u);
    EXPECT_EQ(s.workers + s.busy + s.looking + s.idle, 0);
}

TEST(thread_pool_statistics_test, counts_each_task_once_who_ever_submitted_it) {
    thread_pool_executor pool{3};
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(pool.submit([&pool] {
            std::vector<future<void>> inner;
            for (int k = 0; k < 3; ++k) inner.push_back(pool.submit([] {}));
            for (const auto& f : inner) f.result();
        }));
    for (const auto& f : all) f.result();
    for (const int n : pool.map([](int i) { return i; }, std::vector(10, 1))) EXPECT_EQ(n, 1);
    pool.shutdown();
    const auto s = pool.statistics();
    EXPECT_EQ(s.submitted, 210u);
    EXPECT_EQ(s.done, 210u);
    EXPECT_EQ(s.waiting, 0u);
    EXPECT_EQ(s.workers, 0);
}

TEST(thread_pool_statistics_test, counts_as_done_what_has_a_result_that_was_seen) {
    thread_pool_executor pool{1};
    for (std::uint64_t n = 1; n <= 100; ++n) {
        pool.submit([] {}).result();
        ASSERT_EQ(pool.statistics().done, n);
    }
}

TEST(thread_pool_statistics_test, tells_what_runs_what_waits_and_how_long_the_line_was) {
    gate door;
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    for (int i = 0; i < 7; ++i) all.push_back(pool.submit([&] { door.wait(); }));
    ASSERT_TRUE(door.until_came(2));
    auto s = pool.statistics();
    EXPECT_EQ(s.submitted, 7u);
    EXPECT_EQ(s.done, 0u);
    EXPECT_EQ(s.waiting, 5u);
    EXPECT_GE(s.longest_line, 1u);
    EXPECT_LE(s.longest_line, 7u);
    EXPECT_EQ(s.workers, 2);
    EXPECT_EQ(s.busy, 2);
    EXPECT_TRUE(all.back().cancel());
    s = pool.statistics();
    EXPECT_LE(s.waiting, 5u);
    door.open();
    concur::wait(all);
    EXPECT_TRUE(comes_to(pool, [](const auto& now) { return now.done == 7 && now.idle == 2; }));
    s = pool.statistics();
    EXPECT_GE(s.parked, 2u);
    EXPECT_EQ(s.busy + s.looking, 0);
}

TEST(thread_pool_statistics_test, knows_the_longest_line_after_it_is_gone) {
    gate door;
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 5}};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    ASSERT_TRUE(door.until_came(1));
    for (int i = 0; i < 4; ++i) pool.submit([] {});
    EXPECT_EQ(pool.statistics().waiting, 4u);
    door.open();
    pool.shutdown();
    EXPECT_EQ(pool.statistics().longest_line, 4u);
    EXPECT_EQ(pool.statistics().waiting, 0u);
}

// The task goes on only when another worker has taken what it submitted.
TEST(thread_pool_statistics_test, counts_what_was_stolen) {
    gate done;
    thread_pool_executor pool{2};
    pool.submit([&] {
            pool.submit([&] { done.open(); });
            done.wait();
        })
        .result();
    EXPECT_EQ(pool.statistics().stolen, 1u);
}

TEST(thread_pool_statistics_test, leaves_out_what_the_pool_did_not_take) {
    gate door;
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 1, .when_full = concur::overflow::discard}};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    ASSERT_TRUE(door.until_came(1));
    pool.submit([] {});
    EXPECT_TRUE(pool.submit([] {}).cancelled());
    EXPECT_EQ(pool.statistics().submitted, 2u);
    pool.shutdown({.wait = false, .cancel_futures = true});
    EXPECT_EQ(pool.statistics().done, 1u) << "refused is dealt with, and the other one runs";
}

TEST(thread_pool_statistics_test, may_be_asked_while_many_threads_submit) {
    thread_pool_executor pool{2};
    std::atomic<bool> over{false};
    std::jthread asks([&] {
        while (!over) {
            const auto s = pool.statistics();
            EXPECT_LE(s.done, s.submitted);
            EXPECT_LE(s.workers, 2);
        }
    });
    {
        std::vector<std::jthread> submitters;
        for (int t = 0; t < 2; ++t)
            submitters.emplace_back([&] {
                for (int i = 0; i < 2000; ++i) pool.submit([&] { pool.submit([] {}); });
            });
    }
    ASSERT_TRUE(comes_to(pool, [](const auto& now) { return now.submitted == 8000 && now.done == 8000; }));
    over = true;
}
