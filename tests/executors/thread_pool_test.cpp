// The pool behind the executor: jobs go in, workers take them.
#include "concur/executors/thread_pool.hpp"

#include "concur/core/error.hpp"
#include "concur/core/job.hpp"
#include "concur/core/unhandled_exception.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

using concur::job;
using concur::thread_pool;
using support::gate;
using support::long_enough;
using support::opened_at_end;

namespace {

constexpr std::uint64_t some_home = 1'000'000'007;

// Counts how it ended.
struct counted_job : job {
    counted_job() noexcept : job(&run_it, &refuse_it) {}
    static void run_it(job& j) noexcept {
        auto& self = static_cast<counted_job&>(j);
        if (self.door != nullptr) self.door->wait();
        ++self.ran;
        self.ended.open();
    }
    static void refuse_it(job& j, std::exception_ptr why) noexcept {
        auto& self = static_cast<counted_job&>(j);
        self.reason = why;
        ++self.refused;
        self.ended.open();
    }

    gate* door = nullptr;
    gate ended;
    std::atomic<int> ran{0}, refused{0};
    std::exception_ptr reason;
};

// Keeps an owner's share of a pool, as an executor does.
struct pool_owner {
    explicit pool_owner(concur::thread_pool_options options) : pool(new thread_pool(some_home, std::move(options))) {}
    ~pool_owner() {
        pool->shutdown({});
        pool->release();
    }
    thread_pool* pool;
};

concur::thread_pool_options of(long workers) { return {.max_workers = workers, .thread_name_prefix = "pool-test"}; }

}  // namespace

TEST(thread_pool_test, a_job_is_run_once_by_a_worker) {
    pool_owner owner(of(2));
    counted_job j;
    owner.pool->post(j, 0);
    ASSERT_TRUE(j.ended.wait_for(long_enough));
    owner.pool->shutdown({});
    EXPECT_EQ(j.ran, 1);
    EXPECT_EQ(j.refused, 0);
}

TEST(thread_pool_test, a_job_that_was_not_taken_is_untouched) {
    pool_owner owner(of(1));
    owner.pool->shutdown({});
    counted_job j;
    EXPECT_THROW(owner.pool->post(j, 0), concur::executor_shutdown);
    EXPECT_EQ(j.ran + j.refused, 0);
}

TEST(thread_pool_test, cancelling_at_the_end_refuses_queued_jobs_without_a_reason) {
    gate door;
    pool_owner owner(of(1));
    const opened_at_end guard(door);
    counted_job first, second;
    first.door = &door;
    owner.pool->post(first, 0);
    ASSERT_TRUE(door.until_came(1));
    owner.pool->post(second, 5);
    owner.pool->shutdown({.wait = false, .cancel_futures = true});
    EXPECT_EQ(second.refused, 1);
    EXPECT_EQ(second.reason, nullptr);
    door.open();
    owner.pool->shutdown({});
    EXPECT_EQ(first.ran, 1);
    EXPECT_EQ(second.ran, 0);
}

TEST(thread_pool_test, a_failing_initializer_refuses_queued_jobs_with_the_reason) {
    auto options = of(1);
    options.initializer = [] { throw std::runtime_error("no"); };
    const auto before = concur::set_unhandled_exception_hook([](std::exception_ptr) {});
    {
        pool_owner owner(std::move(options));
        counted_job j;
        owner.pool->post(j, 0);
        ASSERT_TRUE(j.ended.wait_for(long_enough));
        EXPECT_EQ(j.refused, 1);
        EXPECT_THROW(std::rethrow_exception(j.reason), concur::broken_thread_pool);
        owner.pool->shutdown({});
    }
    concur::set_unhandled_exception_hook(before);
}

TEST(thread_pool_test, the_pool_lives_as_long_as_its_last_worker) {
    gate door;
    counted_job j;
    j.door = &door;
    auto* const pool = new thread_pool(some_home, of(1));
    pool->post(j, 0);
    ASSERT_TRUE(door.until_came(1));
    ASSERT_TRUE(pool->retain_if_alive());
    pool->shutdown({.wait = false});
    pool->release();
    pool->release();  // the owner's: only the worker keeps it now
    door.open();
    EXPECT_TRUE(j.ended.wait_for(long_enough));
}

TEST(thread_pool_test, workers_are_counted_from_the_first_job_to_the_end) {
    gate door;
    pool_owner owner(of(3));
    const opened_at_end guard(door);
    EXPECT_EQ(owner.pool->worker_count(), 0);
    EXPECT_EQ(owner.pool->max_workers(), 3);
    std::vector<std::unique_ptr<counted_job>> jobs;
    for (int i = 0; i < 5; ++i) {
        jobs.push_back(std::make_unique<counted_job>());
        jobs.back()->door = &door;
        owner.pool->post(*jobs.back(), 0);
    }
    ASSERT_TRUE(door.until_came(3));
    EXPECT_EQ(owner.pool->worker_count(), 3);
    door.open();
    owner.pool->shutdown({});
    EXPECT_EQ(owner.pool->worker_count(), 0);
    for (const auto& j : jobs) EXPECT_EQ(j->ran, 1);
}

TEST(thread_pool_test, a_job_taken_out_of_its_line_is_not_run) {
    gate door;
    pool_owner owner(of(1));
    const opened_at_end guard(door);
    counted_job first, second, third;
    first.door = &door;
    owner.pool->post(first, 0);
    ASSERT_TRUE(door.until_came(1));
    owner.pool->post(second, 0);
    owner.pool->post(third, 3);
    EXPECT_TRUE(owner.pool->take_out(second));
    EXPECT_FALSE(owner.pool->take_out(second)) << "it stands in no line now";
    EXPECT_FALSE(owner.pool->take_out(first)) << "it runs";
    EXPECT_TRUE(owner.pool->take_out(third));
    door.open();
    owner.pool->shutdown({});
    EXPECT_EQ(second.ran + second.refused + third.ran + third.refused, 0);
}
