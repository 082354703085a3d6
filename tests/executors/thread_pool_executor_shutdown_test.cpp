// The end of a pool, from outside, from inside, and by several at once.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "support/gate.hpp"
#include "support/until.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using concur::executor_shutdown;
using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using support::until;

namespace {

int threads_named(const std::string& prefix) {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "comm");
        std::string name;
        if (std::getline(file, name) && name.starts_with(prefix)) ++count;
    }
    return count;
}

bool until_no_thread_is_named(const std::string& prefix) {
    return until([&] { return threads_named(prefix) == 0; });
}

}  // namespace

// fact 34
TEST(thread_pool_executor_test, submit_after_shutdown_throws_executor_shutdown) {
    thread_pool_executor pool{1};
    pool.submit([] {}).result();
    pool.shutdown();
    try {
        pool.submit([] {});
        FAIL() << "work was taken";
    } catch (const executor_shutdown& e) {
        EXPECT_NE(std::string(e.what()).find("shut down"), std::string::npos) << e.what();
        EXPECT_NE(std::string(e.what()).find("new one"), std::string::npos) << "the mend: " << e.what();
    }
    EXPECT_THROW(pool.submit({.name = "late"}, [] {}), executor_shutdown);
}

// fact 48
TEST(thread_pool_executor_test, shutdown_waits_for_fifty_queued_short_tasks) {
    thread_pool_executor pool{5};
    std::atomic<int> ran{0};
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit([&] { std::this_thread::yield(), ++ran; }));
    pool.shutdown();
    EXPECT_EQ(ran, 50);
    for (const auto& f : all) EXPECT_TRUE(f.done() && !f.cancelled());
    EXPECT_EQ(pool.worker_count(), 0);
}

// fact 49
TEST(thread_pool_executor_test, shutdown_with_cancel_futures_cancels_most_and_leaves_none_pending) {
    gate door;
    thread_pool_executor pool{5};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit([&] { door.wait(); }));
    ASSERT_TRUE(door.until_came(5));
    pool.shutdown({.wait = false, .cancel_futures = true});
    door.open();
    pool.shutdown({.wait = true, .cancel_futures = true});
    int cancelled = 0, completed = 0;
    for (const auto& f : all) {
        ASSERT_TRUE(f.done());
        cancelled += f.cancelled();
        completed += !f.cancelled() && f.exception() == nullptr;
    }
    EXPECT_EQ(cancelled, 45);
    EXPECT_EQ(completed, 5);
}

TEST(thread_pool_executor_test, cancel_futures_wakes_who_waits_and_calls_who_asked) {
    gate door;
    std::atomic<int> called{0};
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    std::vector<future<void>> all;
    for (int i = 0; i < 10; ++i) {
        all.push_back(pool.submit([] {}));
        all.back().add_done_callback([&](const future<void>& f) { called += f.cancelled(); });
    }
    std::jthread closer([&] { pool.shutdown({.wait = false, .cancel_futures = true}); });
    int seen = 0;
    for (auto& f : concur::as_completed(all, long_enough)) seen += f.cancelled();
    EXPECT_EQ(seen, 10);
    closer.join();
    EXPECT_EQ(called, 10);
}

// fact 50
TEST(thread_pool_executor_test, shutdown_without_wait_returns_at_once_and_the_work_is_finished) {
    gate door;
    std::atomic<int> ran{0};
    thread_pool_executor pool{{.max_workers = 2, .thread_name_prefix = "unwaited"}};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit([&] { door.wait(), ++ran; }));
    ASSERT_TRUE(door.until_came(2));
    pool.shutdown({.wait = false});
    EXPECT_EQ(ran, 0) << "it has returned while they run";
    EXPECT_THROW(pool.submit([] {}), executor_shutdown);
    door.open();
    concur::wait(all);
    EXPECT_EQ(ran, 20);
    EXPECT_TRUE(until_no_thread_is_named("unwaited")) << "workers exit by themselves";
}

// fact 51
TEST(thread_pool_executor_test, shutdown_twice_is_fine) {
    thread_pool_executor pool{2};
    pool.submit([] {});
    pool.shutdown();
    pool.shutdown();
    pool.shutdown({.wait = false, .cancel_futures = true});
    thread_pool_executor unused{2};
    unused.shutdown();
    unused.shutdown({.wait = false});
    EXPECT_THROW(unused.submit([] {}), executor_shutdown);
}

TEST(thread_pool_executor_test, shutdowns_by_several_threads_all_wait_for_the_end) {
    for (int round = 0; round < 20; ++round) {
        gate door;
        std::atomic<int> ran{0}, waited{0};
        thread_pool_executor pool{2};
        const opened_at_end guard(door);
        for (int i = 0; i < 10; ++i) pool.submit([&] { door.wait(), ++ran; });
        ASSERT_TRUE(door.until_came(2));
        std::vector<std::jthread> closers;
        for (int i = 0; i < 4; ++i)
            closers.emplace_back([&] {
                pool.shutdown();
                if (ran == 10) ++waited;
            });
        door.open();
        closers.clear();
        EXPECT_EQ(waited, 4);
    }
}

TEST(thread_pool_executor_test, shutdown_waits_for_callbacks_too) {
    std::atomic<bool> called{false};
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    auto f = pool.submit([&] { door.wait(); });
    f.add_done_callback([&](const future<void>&) { called = true; });
    door.open();
    pool.shutdown();
    EXPECT_TRUE(called);
}

// fact 53
TEST(thread_pool_executor_test, submit_then_cancel_immediately_before_shutdown_does_not_hang) {
    for (int i = 0; i < 300; ++i) {
        thread_pool_executor pool{1};
        auto f = pool.submit([] { return 1; });
        const bool cancelled = f.cancel();
        pool.shutdown();
        EXPECT_EQ(cancelled, f.cancelled());
        EXPECT_TRUE(f.done());
    }
}

// fact 54
TEST(thread_pool_executor_test, dropping_the_last_reference_with_work_queued_completes_the_work) {
    gate door;
    std::atomic<int> ran{0};
    std::vector<future<void>> all;
    auto pool = std::make_shared<thread_pool_executor>(
        concur::thread_pool_options{.max_workers = 2, .thread_name_prefix = "dropped"});
    for (int i = 0; i < 20; ++i) all.push_back(pool->submit([&] { door.wait(), ++ran; }));
    ASSERT_TRUE(door.until_came(2));
    door.open();
    pool.reset();
    for (const auto& f : all) EXPECT_TRUE(f.done());
    EXPECT_EQ(ran, 20);
    EXPECT_EQ(threads_named("dropped"), 0);
}

// fact 54
TEST(thread_pool_executor_test, a_task_may_drop_the_last_reference_to_its_own_pool) {
    gate door;
    std::vector<future<int>> all;
    auto pool = std::make_shared<thread_pool_executor>(
        concur::thread_pool_options{.max_workers = 2, .thread_name_prefix = "within"});
    all.push_back(pool->submit([&door, held = pool]() mutable {
        door.wait();
        held.reset();  // the last: the pool goes here
        return 1;
    }));
    for (int i = 0; i < 10; ++i) all.push_back(pool->submit([i] { return i; }));
    ASSERT_TRUE(door.until_came(1));
    pool.reset();
    door.open();
    EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty()) << "the work completes";
    for (const auto& f : all) EXPECT_EQ(f.exception(), nullptr);
    EXPECT_TRUE(until_no_thread_is_named("within")) << "and the workers end";
}

TEST(thread_pool_executor_test, the_arguments_of_a_task_may_hold_the_last_reference_to_its_pool) {
    auto pool = std::make_shared<thread_pool_executor>(
        concur::thread_pool_options{.max_workers = 1, .thread_name_prefix = "carried"});
    gate door;
    auto f = pool->submit([&door](const std::shared_ptr<thread_pool_executor>&) { door.wait(); }, pool);
    pool.reset();
    door.open();
    EXPECT_TRUE(f.wait_for(long_enough));
    EXPECT_TRUE(until_no_thread_is_named("carried"));
}

// fact 55
TEST(thread_pool_executor_test, shutdown_that_waits_inside_a_worker_of_the_pool_is_reported_and_changes_nothing) {
    thread_pool_executor pool{1};
    auto f = pool.submit([&] { pool.shutdown(); });
    try {
        f.result(long_enough);
        FAIL() << "nothing was thrown";
    } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::resource_deadlock_would_occur);
        EXPECT_NE(std::string(e.what()).find("worker"), std::string::npos) << e.what();
    }
    EXPECT_EQ(pool.submit([] { return 1; }).result(long_enough), 1) << "it is open still";
}

// fact 55
TEST(thread_pool_executor_test, shutdown_that_waits_is_reported_in_a_helped_task_and_in_a_callback_too) {
    gate start;
    concur::promise<bool> told;
    thread_pool_executor pool{1};
    EXPECT_THROW(pool.submit([&] { pool.submit([&] { pool.shutdown(); }).result(); }).result(long_enough),
                 std::system_error);
    const opened_at_end guard(start);
    auto f = pool.submit([&] { start.wait(); });
    f.add_done_callback([&](const future<void>&) {
        try {
            pool.shutdown();
            told.set_result(false);
        } catch (const std::system_error&) {
            told.set_result(true);
        }
    });
    start.open();
    EXPECT_TRUE(told.get_future().result(long_enough));
}

TEST(thread_pool_executor_test, a_worker_may_shut_its_pool_down_without_waiting) {
    thread_pool_executor pool{1};
    auto f = pool.submit([&] {
        auto queued = pool.submit([] { return 2; });
        pool.shutdown({.wait = false});
        EXPECT_THROW(pool.submit([] {}), executor_shutdown);
        return queued.result();
    });
    EXPECT_EQ(f.result(long_enough), 2);
    pool.shutdown();
    EXPECT_EQ(pool.worker_count(), 0);
}

TEST(thread_pool_executor_test, a_worker_may_shut_another_pool_down) {
    thread_pool_executor pool{1}, other{1};
    auto f = pool.submit([&] {
        auto last = other.submit([] { return 3; });
        other.shutdown();
        return last.result();
    });
    EXPECT_EQ(f.result(long_enough), 3);
}

TEST(thread_pool_executor_test, a_queued_task_that_submits_after_shutdown_is_told_so) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    auto late = pool.submit([&] { pool.submit([] {}); });
    pool.shutdown({.wait = false});
    door.open();
    EXPECT_THROW(late.result(long_enough), executor_shutdown);
}

TEST(thread_pool_executor_test, shutdown_and_submit_at_once_lose_no_task) {
    for (int round = 0; round < 100; ++round) {
        std::atomic<int> ran{0}, taken{0};
        {
            thread_pool_executor pool{2};
            std::jthread submitter([&] {
                try {
                    for (;;) pool.submit([&] { ++ran; }), ++taken;
                } catch (const executor_shutdown&) {
                }
            });
            while (taken < 10) std::this_thread::yield();
            pool.shutdown();
        }
        EXPECT_EQ(ran, taken);
    }
}
