// What the pool keeps, and for how long.
#include "concur/core/recycled.hpp"
#include "concur/core/unhandled_exception.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/wait.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::opened_at_end;
using support::tracked;

namespace {

// Shuts a door behind itself: its end takes until somebody opens it.
class slow_to_end {
public:
    slow_to_end(gate& begun, gate& door) : begun_(&begun), door_(&door) {}
    slow_to_end(slow_to_end&& other) noexcept : begun_(std::exchange(other.begun_, nullptr)), door_(other.door_) {}
    slow_to_end& operator=(slow_to_end&&) = delete;
    ~slow_to_end() {
        if (begun_ == nullptr) return;
        begun_->open();
        door_->wait_for(long_enough);
    }

private:
    gate* begun_;
    gate* door_;
};

}  // namespace

// fact 44
TEST(thread_pool_executor_test, function_and_arguments_are_gone_when_the_result_is_seen) {
    thread_pool_executor pool{1};
    tracked::reset();
    for (int i = 0; i < 300; ++i) {
        auto f = pool.submit([held = tracked(1)](const tracked& argument) { return held.value + argument.value; },
                             tracked(2));
        EXPECT_EQ(f.result(), 3);
        ASSERT_EQ(tracked::live(), 0);
    }
}

// fact 44
TEST(thread_pool_executor_test, function_and_arguments_are_gone_when_the_error_or_the_callback_is_seen) {
    gate door, told;
    int live_in_callback = -1;
    thread_pool_executor pool{1};
    tracked::reset();
    auto failed = pool.submit([held = tracked(1)](const tracked&) { throw std::runtime_error("no"); }, tracked(2));
    EXPECT_NE(failed.exception(), nullptr);
    EXPECT_EQ(tracked::live(), 0);
    const opened_at_end guard(door);
    auto f = pool.submit([held = tracked(1), &door](const tracked&) { door.wait(); }, tracked(2));
    f.add_done_callback([&](const future<void>&) { live_in_callback = tracked::live(), told.open(); });
    door.open();
    told.wait();
    EXPECT_EQ(live_in_callback, 0);
}

// fact 44
TEST(thread_pool_executor_test, an_idle_worker_keeps_nothing_of_a_task_whose_future_was_dropped) {
    thread_pool_executor pool{1};
    tracked::reset();
    const auto bound = std::make_shared<int>(0);
    pool.submit([bound, held = tracked(1)] { return tracked(held); });
    pool.submit([] {}).result();
    pool.submit([] {}).result();  // the worker is past the end of the first
    EXPECT_EQ(bound.use_count(), 1);
    EXPECT_EQ(tracked::live(), 0);
}

// fact 44
TEST(thread_pool_executor_test, cancelling_destroys_function_and_arguments_at_once) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    tracked::reset();
    auto f = pool.submit([held = tracked(1)](const tracked&) {}, tracked(2));
    EXPECT_EQ(tracked::live(), 2);
    EXPECT_TRUE(f.cancel());
    EXPECT_EQ(tracked::live(), 0);
}

TEST(thread_pool_executor_test, a_move_only_argument_is_never_copied_and_others_once) {
    thread_pool_executor pool{1};
    tracked::reset();
    const tracked argument(1);
    pool.submit([](const tracked& t) { return t.value; }, argument).result();
    EXPECT_EQ(tracked::copies(), 1);
    tracked::reset();
    pool.submit([](const tracked& t) { return t.value; }, tracked(2)).result();
    EXPECT_EQ(tracked::copies(), 0);
}

TEST(thread_pool_executor_test, dropping_a_future_neither_waits_nor_cancels) {
    gate door;
    std::atomic<bool> ran{false};
    {
        thread_pool_executor pool{1};
        const opened_at_end guard(door);
        {
            auto dropped = pool.submit([&] { door.wait(), ran = true; });
        }
        EXPECT_FALSE(ran);
    }
    EXPECT_TRUE(ran);
}

TEST(thread_pool_executor_test, the_result_outlives_the_pool) {
    future<std::string> f;
    {
        thread_pool_executor pool{1};
        f = pool.submit([] { return std::string("still here"); });
    }
    EXPECT_EQ(f.result(), "still here");
}

TEST(thread_pool_executor_test, an_exception_nobody_reads_is_reported_once_by_the_name_of_its_task) {
    std::vector<std::string> told;
    const auto before =
        concur::set_unhandled_exception_hook([&](std::exception_ptr, std::string_view w) { told.emplace_back(w); });
    {
        thread_pool_executor pool{1};
        pool.submit({.name = "parse"}, [] { throw std::runtime_error("unread"); });
        auto read = pool.submit({.name = "read"}, [] { throw std::runtime_error("read"); });
        EXPECT_NE(read.exception(), nullptr);
        pool.submit({.name = "fine"}, [] {});
    }
    concur::set_unhandled_exception_hook(before);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].find("'parse'"), std::string::npos) << told[0];
}

TEST(thread_pool_executor_test, a_worker_that_ends_a_dropped_value_is_not_taken_for_free) {
    gate begun, door;
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    pool.submit([&] { return slow_to_end(begun, door); });
    ASSERT_TRUE(begun.wait_for(long_enough));
    EXPECT_TRUE(pool.submit([&] { door.open(); }).wait_for(std::chrono::seconds{5}))
        << "the second worker was not started";
}

TEST(thread_pool_executor_test, a_worker_that_reports_an_unread_exception_is_not_taken_for_free) {
    gate begun, door;
    const auto before = concur::set_unhandled_exception_hook([&](std::exception_ptr) {
        begun.open();
        door.wait_for(long_enough);
    });
    {
        thread_pool_executor pool{2};
        const opened_at_end guard(door);
        pool.submit([] { throw std::runtime_error("unread"); });
        EXPECT_TRUE(begun.wait_for(long_enough));
        EXPECT_TRUE(pool.submit([&] { door.open(); }).wait_for(std::chrono::seconds{5}));
    }
    concur::set_unhandled_exception_hook(before);
}

TEST(thread_pool_executor_test, a_worker_in_a_done_callback_is_not_taken_for_free) {
    gate begun, door;
    thread_pool_executor pool{2};
    const opened_at_end guard(door);
    gate start;
    const opened_at_end start_guard(start);
    auto f = pool.submit([&] { start.wait(); });
    f.add_done_callback([&](const future<void>&) {
        begun.open();
        door.wait_for(long_enough);
    });
    start.open();
    f.wait();
    auto g = pool.submit([&] { door.open(); });
    EXPECT_TRUE(g.wait_for(long_enough / 2));
}

TEST(thread_pool_executor_test, a_value_got_by_helping_goes_with_the_last_future_of_it) {
    thread_pool_executor pool{1};
    tracked::reset();
    const int left = pool.submit([&] {
                             auto f = pool.submit([] { return tracked(1); });
                             f.wait();
                             f = {};
                             return tracked::live();
                         })
                         .result();
    EXPECT_EQ(left, 0) << "the line of the pool has it still";
}

TEST(thread_pool_executor_test, a_task_that_submits_and_waits_for_ever_gathers_no_memory) {
    const concur::recycling_pause every_block_is_new;
    thread_pool_executor pool{1};
    const bool gathered = pool.submit([&] {
                                  for (int i = 0; i < 10; ++i) pool.submit([] {}).result();
                                  const auto before = support::allocations::live();
                                  for (int i = 0; i < 1000; ++i) pool.submit([] {}).result();
                                  return support::allocations::live() > before + 10;
                              })
                              .result();
    EXPECT_FALSE(gathered);
}

TEST(thread_pool_executor_test, tasks_cancelled_in_the_thousands_gather_no_memory) {
    const concur::recycling_pause every_block_is_new;
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    const auto before = support::allocations::live();
    for (int i = 0; i < 1000; ++i) pool.submit([] {}).cancel();
    EXPECT_LE(support::allocations::live(), before + 10);
}
