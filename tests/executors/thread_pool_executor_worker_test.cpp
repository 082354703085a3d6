// What runs on each worker before its first task and after its last, and what happens if it throws.
#include "concur/core/unhandled_exception.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/wait.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using concur::broken_thread_pool;
using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::opened_at_end;

namespace {

// Gathers what goes to the unhandled exception hook while it lives.
class reports {
public:
    reports()
        : before_(concur::set_unhandled_exception_hook([this](std::exception_ptr e, std::string_view where) {
              const std::lock_guard held(mutex_);
              texts_.push_back(std::string(where) + ": " + text_of(e));
          })) {}
    ~reports() { concur::set_unhandled_exception_hook(before_); }

    std::vector<std::string> texts() {
        const std::lock_guard held(mutex_);
        return texts_;
    }

    static std::string text_of(const std::exception_ptr& e) {
        try {
            std::rethrow_exception(e);
        } catch (const std::exception& x) {
            return x.what();
        } catch (...) {
            return "no std::exception";
        }
    }

private:
    std::mutex mutex_;
    std::vector<std::string> texts_;
    concur::unhandled_exception_hook before_;
};

thread_local int set_up_here = 0;

void expect_broken_by(const std::exception_ptr& error, const char* cause) {
    try {
        std::rethrow_exception(error);
    } catch (const broken_thread_pool& e) {
        ASSERT_NE(e.cause(), nullptr);
        EXPECT_EQ(reports::text_of(e.cause()), cause);
        EXPECT_NE(std::string(e.what()).find("initializer"), std::string::npos) << e.what();
    }
}

}  // namespace

// fact 57
TEST(thread_pool_executor_test, an_initializer_runs_once_on_each_worker_before_its_first_task) {
    constexpr int workers = 3;
    gate door;
    std::atomic<int> runs{0};
    thread_pool_executor pool{{.max_workers = workers, .initializer = [&] { ++runs, ++set_up_here; }}};
    const opened_at_end guard(door);
    EXPECT_EQ(runs, 0) << "no worker is there yet";
    std::vector<future<int>> all;
    for (int i = 0; i < 10 * workers; ++i) all.push_back(pool.submit([&] { return door.wait(), set_up_here; }));
    ASSERT_TRUE(door.until_came(workers));
    door.open();
    for (auto& f : all) EXPECT_EQ(f.result(), 1);
    EXPECT_EQ(runs, workers);
}

TEST(thread_pool_executor_test, on_worker_exit_runs_once_on_each_worker_after_its_last_task) {
    constexpr int workers = 3;
    std::mutex mutex;
    std::vector<std::thread::id> begun, ended;
    std::atomic<int> tasks{0}, tasks_seen_by_last{0};
    {
        gate door;
        thread_pool_executor pool{{.max_workers = workers,
                                   .initializer =
                                       [&] {
                                           const std::lock_guard held(mutex);
                                           begun.push_back(std::this_thread::get_id());
                                       },
                                   .on_worker_exit =
                                       [&] {
                                           const std::lock_guard held(mutex);
                                           ended.push_back(std::this_thread::get_id());
                                           tasks_seen_by_last = tasks.load();
                                       }}};
        const opened_at_end guard(door);
        for (int i = 0; i < 20; ++i) pool.submit([&] { door.wait(), ++tasks; });
        ASSERT_TRUE(door.until_came(workers));
        const std::lock_guard held(mutex);
        EXPECT_TRUE(ended.empty());
    }
    EXPECT_EQ(tasks_seen_by_last, 20);
    EXPECT_EQ(ended.size(), std::size_t{workers});
    EXPECT_EQ(std::multiset<std::thread::id>(begun.begin(), begun.end()),
              std::multiset<std::thread::id>(ended.begin(), ended.end()));
}

TEST(thread_pool_executor_test, no_worker_means_neither_initializer_nor_exit) {
    std::atomic<int> runs{0};
    {
        thread_pool_executor pool{{.initializer = [&] { ++runs; }, .on_worker_exit = [&] { ++runs; }}};
    }
    EXPECT_EQ(runs, 0);
}

TEST(thread_pool_executor_test, what_on_worker_exit_throws_goes_to_the_hook_and_shutdown_still_ends) {
    reports seen;
    {
        thread_pool_executor pool{{.max_workers = 1, .on_worker_exit = [] { throw std::runtime_error("at the end"); }}};
        EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
    }
    ASSERT_EQ(seen.texts().size(), 1U);
    EXPECT_NE(seen.texts()[0].find("at the end"), std::string::npos) << seen.texts()[0];
    EXPECT_NE(seen.texts()[0].find("on_worker_exit"), std::string::npos) << seen.texts()[0];
}

// fact 58
TEST(thread_pool_executor_test, a_failing_initializer_breaks_the_pool_and_says_why) {
    reports seen;
    thread_pool_executor pool{{.max_workers = 2, .initializer = [] { throw std::runtime_error("no such device"); }}};
    try {
        auto first = pool.submit([] { return 1; });
        expect_broken_by(first.exception(long_enough), "no such device");
    } catch (const broken_thread_pool& e) {
        expect_broken_by(std::current_exception(), "no such device");  // submit itself may see it too
    }
    for (int i = 0; i < 3; ++i) {
        try {
            pool.submit([] {});
            ADD_FAILURE() << "submit took work for a broken pool";
        } catch (const broken_thread_pool&) {
            expect_broken_by(std::current_exception(), "no such device");
        }
    }
    pool.shutdown();
    ASSERT_FALSE(seen.texts().empty()) << "the original error is in the log";
    for (const auto& text : seen.texts()) EXPECT_NE(text.find("no such device"), std::string::npos) << text;
}

// fact 58
TEST(thread_pool_executor_test, all_that_waits_in_a_pool_that_breaks_is_failed) {
    reports seen;
    gate door;
    thread_pool_executor pool{
        {.max_workers = 1, .initializer = [&] { door.wait(), throw std::runtime_error("too late"); }}};
    const opened_at_end guard(door);
    std::vector<future<void>> all;
    std::atomic<int> ran{0};
    for (int i = 0; i < 20; ++i) all.push_back(pool.submit([&] { ++ran; }));
    ASSERT_TRUE(door.until_came(1));
    door.open();
    for (auto& f : all) expect_broken_by(f.exception(long_enough), "too late");
    EXPECT_EQ(ran, 0);
}

TEST(thread_pool_executor_test, what_runs_goes_on_when_a_later_worker_breaks_the_pool) {
    reports seen;
    gate door;
    std::atomic<int> started{0};
    thread_pool_executor pool{{.max_workers = 2, .initializer = [&] {
                                   if (++started == 2) throw std::runtime_error("the second fails");
                               }}};
    const opened_at_end guard(door);
    auto runs = pool.submit([&] { return door.wait(), 7; });
    ASSERT_TRUE(door.until_came(1));
    auto waits = pool.submit([] { return 8; });
    expect_broken_by(waits.exception(long_enough), "the second fails");
    EXPECT_THROW(pool.submit([] {}), broken_thread_pool);
    EXPECT_FALSE(runs.done());
    door.open();
    EXPECT_EQ(runs.result(long_enough), 7);
}

TEST(thread_pool_executor_test, an_initializer_may_throw_what_is_no_exception) {
    reports seen;
    thread_pool_executor pool{{.max_workers = 1, .initializer = [] { throw 42; }}};
    try {
        pool.submit([] {}).result(long_enough);
        ADD_FAILURE() << "the task ran";
    } catch (const broken_thread_pool& e) {
        EXPECT_THROW(std::rethrow_exception(e.cause()), int);
    }
}

TEST(thread_pool_executor_test, a_broken_pool_can_be_shut_down_in_every_way) {
    const reports seen;
    thread_pool_executor pool{{.max_workers = 1, .initializer = [] { throw std::runtime_error("broken"); }}};
    try {
        EXPECT_NE(pool.submit([] {}).exception(long_enough), nullptr);
    } catch (const broken_thread_pool&) {
    }
    pool.shutdown({.wait = false, .cancel_futures = true});
    pool.shutdown();
    EXPECT_EQ(pool.worker_count(), 0);
    EXPECT_THROW(pool.submit([] {}), concur::error);
}

// fact 59
TEST(thread_pool_executor_test, an_initializer_may_submit_to_its_own_pool) {
    std::promise<future<int>> told;
    thread_pool_executor* itself = nullptr;
    thread_pool_executor pool{
        {.max_workers = 1, .initializer = [&] { told.set_value(itself->submit([] { return 5; })); }}};
    itself = &pool;
    pool.submit([] {}).result(long_enough);
    EXPECT_EQ(told.get_future().get().result(long_enough), 5);
}

// fact 59
TEST(thread_pool_executor_test, an_initializer_that_waits_for_a_task_of_its_own_pool_is_told_so) {
    const reports seen;
    thread_pool_executor* itself = nullptr;
    std::promise<std::error_code> told;
    thread_pool_executor pool{{.max_workers = 1, .initializer = [&] {
                                   try {
                                       itself->submit([] { return 5; }).result();
                                       told.set_value({});
                                   } catch (const std::system_error& e) {
                                       told.set_value(e.code());
                                   }
                               }}};
    itself = &pool;
    auto first = pool.submit([] { return 6; });
    auto answer = told.get_future();
    ASSERT_EQ(answer.wait_for(long_enough), std::future_status::ready) << "a deadlock";
    EXPECT_EQ(answer.get(), std::errc::resource_deadlock_would_occur);
    EXPECT_EQ(first.result(long_enough), 6) << "the initializer caught it: the pool is whole";
}

TEST(thread_pool_executor_test, an_initializer_that_waits_for_several_tasks_of_its_own_pool_is_told_so) {
    const reports seen;
    thread_pool_executor* itself = nullptr;
    thread_pool_executor pool{{.max_workers = 1, .initializer = [&] {
                                   const std::vector inner{itself->submit([] {}), itself->submit([] {})};
                                   concur::wait(inner);
                               }}};
    itself = &pool;
    try {
        pool.submit([] {}).result(long_enough);
        ADD_FAILURE() << "the pool should have broken";
    } catch (const broken_thread_pool& e) {
        EXPECT_THROW(std::rethrow_exception(e.cause()), std::system_error);
    }
}

TEST(thread_pool_executor_test, an_initializer_may_wait_for_another_pool) {
    thread_pool_executor other{1};
    std::atomic<int> got{0};
    thread_pool_executor pool{
        {.max_workers = 1, .initializer = [&] { got = other.submit([] { return 9; }).result(); }}};
    pool.submit([] {}).result(long_enough);
    EXPECT_EQ(got, 9);
}
