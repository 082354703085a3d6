// An executor of the user's own, and code that is written for any.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/executor.hpp"

#include <chrono>
#include <deque>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

using concur::executor;
using concur::job;
using concur::thread_pool_executor;

namespace {

// Runs each call at once, on the thread that submits it.
class inline_executor final : public executor {
public:
    using executor::shutdown;
    void post(job& j, int) override {
        if (shut_) throw concur::executor_shutdown("this executor was shut down");
        j.run(j);
    }
    void shutdown(concur::shutdown_options) override { shut_ = true; }

private:
    bool shut_ = false;
};

// Keeps the calls until it is told to run or to refuse them.
class patient_executor final : public executor {
public:
    void post(job& j, int priority) override {
        priorities.push_back(priority);
        waiting_.push_back(&j);
    }
    void shutdown(concur::shutdown_options) override { run_all(); }
    void run_all() {
        while (!waiting_.empty()) {
            job& j = take();
            j.run(j);
        }
    }
    void refuse_all(const std::exception_ptr& why) {
        while (!waiting_.empty()) {
            job& j = take();
            j.refuse(j, why);
        }
    }

    std::vector<int> priorities;

private:
    job& take() {
        job& j = *waiting_.front();
        waiting_.pop_front();
        return j;
    }
    std::deque<job*> waiting_;
};

// Written once, for any executor.
int sum_of_squares(executor& where, const std::vector<int>& numbers) {
    int sum = 0;
    for (const int n : where.map([](int n) { return n * n; }, numbers)) sum += n;
    auto more = where.submit([](int a, int b) { return a + b; }, sum, 0).then(where, [](int n) { return n; });
    return more.result();
}

}  // namespace

TEST(own_executor_test, code_written_against_executor_runs_on_any) {
    const std::vector numbers{1, 2, 3};
    inline_executor at_once;
    thread_pool_executor pool{2};
    EXPECT_EQ(sum_of_squares(at_once, numbers), 14);
    EXPECT_EQ(sum_of_squares(pool, numbers), 14);
}

TEST(own_executor_test, an_executor_needs_post_and_shutdown_alone) {
    inline_executor at_once;
    const auto f = at_once.submit([] { return std::this_thread::get_id(); });
    ASSERT_TRUE(f.done());
    EXPECT_EQ(f.result(), std::this_thread::get_id());
    EXPECT_THROW(at_once.submit([] { throw std::out_of_range("x"); }).result(), std::out_of_range);
    EXPECT_EQ(at_once.submit({.priority = 3, .name = "named"}, [](int n) { return n; }, 4).result(), 4);
    EXPECT_EQ(at_once.submit([](std::stop_token, int n) { return n; }, 5).result(), 5);
    at_once.shutdown();
    EXPECT_THROW(at_once.submit([] {}), concur::executor_shutdown);
    executor& any = at_once;
    any.shutdown();
    any.shutdown({.wait = false});
}

TEST(own_executor_test, map_and_its_options_work_on_an_executor_of_ones_own) {
    inline_executor at_once;
    std::vector<int> numbers(10);
    std::iota(numbers.begin(), numbers.end(), 0);
    for (const bool ordered : {true, false}) {
        int sum = 0;
        const concur::map_options options{.chunksize = 3, .buffersize = 4, .ordered = ordered};
        for (const int n : at_once.map(options, [](int n) { return n; }, numbers)) sum += n;
        EXPECT_EQ(sum, 45);
    }
}

TEST(own_executor_test, an_executor_that_keeps_its_jobs_runs_them_later) {
    patient_executor later;
    auto a = later.submit([] { return 1; });
    auto b = later.submit({.priority = 7}, [] { return 2; });
    EXPECT_FALSE(a.done() || a.running());
    EXPECT_TRUE(b.cancel());
    later.run_all();
    EXPECT_EQ(a.result(), 1);
    EXPECT_TRUE(b.cancelled());
    EXPECT_EQ(later.priorities, (std::vector{0, 7}));
}

TEST(own_executor_test, an_executor_may_refuse_its_jobs_with_a_reason_or_cancel_them) {
    patient_executor later;
    auto refused = later.submit([] { return 1; });
    later.refuse_all(std::make_exception_ptr(std::runtime_error("the machine is gone")));
    EXPECT_THROW(refused.result(), std::runtime_error);
    auto dropped = later.submit([] { return 1; });
    later.refuse_all(nullptr);
    EXPECT_TRUE(dropped.cancelled());
}

TEST(own_executor_test, what_post_throws_submit_throws_and_nothing_is_left) {
    class full_executor final : public executor {
    public:
        void post(job&, int) override { throw concur::queue_full("no room"); }
        void shutdown(concur::shutdown_options) override {}
    };
    full_executor full;
    const auto argument = std::make_shared<int>(1);
    EXPECT_THROW(full.submit([](const std::shared_ptr<int>&) {}, argument), concur::queue_full);
    EXPECT_THROW(full.submit(
                     {.timeout = std::chrono::hours{1}}, [](const std::shared_ptr<int>&) {}, argument),
                 concur::queue_full);
    EXPECT_THROW(full.map([](const std::shared_ptr<int>&) {}, std::vector{argument}), concur::queue_full);
    EXPECT_EQ(argument.use_count(), 1);
}

TEST(own_executor_test, then_on_an_executor_that_refuses_fails_the_new_future) {
    inline_executor at_once;
    auto f = at_once.submit([] { return 1; });
    at_once.shutdown();
    EXPECT_THROW(f.then(at_once, [](int n) { return n; }).result(), concur::executor_shutdown);
}
