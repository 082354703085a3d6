#include "concur/concur.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::gate;

// Two workers that have nothing to do.
void warm(thread_pool_executor& pool) {
    gate both;
    const auto a = pool.submit([&] { both.wait(); });
    pool.submit([] {}).result();
    both.open();
    a.result();
}

TEST(thread_pool_executor_test, a_timed_wait_in_a_worker_leaves_the_task_to_who_is_free) {
    thread_pool_executor pool{2};
    warm(pool);
    const auto ended = pool.submit([&] {
        const promise<int> p;
        const auto needs = pool.submit([f = p.get_future()] { return f.result(); });
        needs.wait_for(10ms);
        p.set_result(1);  // a worker that had taken the task up could not get here
        return needs.result();
    });
    EXPECT_EQ(ended.result(60s), 1);
}

TEST(thread_pool_executor_test, a_worker_that_waits_for_one_of_several_leaves_them_to_who_is_free) {
    thread_pool_executor pool{3};
    warm(pool);
    const auto ended = pool.submit([&] {
        const promise<int> p;
        const std::vector tasks{pool.submit([f = p.get_future()] { return f.result(); }),
                                pool.submit([] { return 2; })};
        wait(tasks, return_when::first_completed);
        when_any(tasks).wait();
        for (auto& f : as_completed(tasks)) {
            EXPECT_EQ(f.result(), 2);
            break;
        }
        p.set_result(1);
        return tasks[0].result() + tasks[1].result();
    });
    EXPECT_EQ(ended.result(60s), 3);
}

TEST(thread_pool_executor_test, a_timed_wait_on_a_pool_of_one_runs_the_task) {
    thread_pool_executor pool{1};
    EXPECT_EQ(pool.submit([&] { return pool.submit([] { return 3; }).result(60s); }).result(), 3);
}

std::string& a_static_made_late() {
    static std::string text(100, 'x');
    return text;
}

TEST(thread_pool_executor_test, work_that_is_queued_at_the_end_may_use_statics_made_by_tasks) {
    const auto child = support::child::run([] {
        auto* const pool = new thread_pool_executor{1};
        pool->submit([] { a_static_made_late(); }).result();
        for (int i = 0; i < 100; ++i)
            pool->submit([i] {
                const std::string& text = a_static_made_late();
                if (i == 99 && text == std::string(100, 'x')) std::fputs("apple\n", stdout), std::fflush(stdout);
            });
        std::exit(0);
        return 1;
    });
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
    EXPECT_EQ(child.out, "apple\n");
}

TEST(thread_pool_executor_test, a_child_that_was_forked_in_a_task_finishes_the_work_of_its_own_pool) {
    const auto child = support::child::run([] {
        thread_pool_executor pool{1};
        pool.submit([] {
                const pid_t pid = fork();
                if (pid == 0) {
                    auto* const own = new thread_pool_executor{1};
                    own->submit([] { std::fputs("apple\n", stdout), std::fflush(stdout); });
                    std::exit(0);
                }
                int status = 0;
                waitpid(pid, &status, 0);
            })
            .result();
        std::exit(0);
        return 1;
    });
    EXPECT_EQ(child.out, "apple\n") << child.err;
}

TEST(thread_pool_executor_test, a_task_whose_time_is_over_takes_no_room) {
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 1, .when_full = overflow::fail}};
    gate hold;
    gate holds;
    const auto busy = pool.submit([&] { holds.open(), hold.wait(); });
    holds.wait();
    const auto late = pool.submit(task_options{.timeout = 1ms}, [] {});
    EXPECT_THROW(late.result(60s), timeout_error);
    const auto next = pool.submit([] { return 4; });
    hold.open();
    EXPECT_EQ(next.result(60s), 4);
}

TEST(thread_pool_executor_test, a_full_pool_s_worker_runs_its_tasks_to_any_depth) {
    thread_pool_executor pool{{.max_workers = 1, .max_pending = 1}};
    int deepest = 0;
    std::function<void(int)> deeper = [&](int depth) {
        deepest = depth;
        if (depth == 10'000) return;
        const auto filler = pool.submit([] {});
        pool.submit([&, depth] { deeper(depth + 1); });
    };
    pool.submit([&] { deeper(0); }).result();
    pool.shutdown();
    EXPECT_EQ(deepest, 10'000);
}

TEST(thread_pool_executor_test, an_item_s_exception_that_nobody_reads_is_reported) {
    int reported = 0;
    const auto before = set_unhandled_exception_hook([&](std::exception_ptr) { ++reported; });
    {
        thread_pool_executor pool{1};
        const std::vector<int> items{1, 2, 3};
        pool.submit([] {}).result();
        auto results = pool.map({.chunksize = 3}, [](int i) -> int { throw i; }, items);
        EXPECT_THROW(*results.begin(), int);
    }
    set_unhandled_exception_hook(before);
    EXPECT_EQ(reported, 2);
}

TEST(thread_pool_executor_test, an_empty_hook_of_any_kind_brings_the_default_back) {
    const auto child = support::child::run([] {
        void (*const none_given)(std::exception_ptr) = nullptr;
        set_unhandled_exception_hook(none_given);
        thread_pool_executor pool{1};
        pool.submit([] { throw std::runtime_error("unread"); });
        return 0;
    });
    EXPECT_EQ(child.exit_code.value_or(-1), 0);
    EXPECT_NE(child.err.find("unread"), std::string::npos) << child.err;
}

TEST(thread_pool_executor_test, a_token_is_handed_to_who_asks_for_it_and_to_nobody_else) {
    thread_pool_executor pool{1};
    const auto asks = pool.submit([](std::stop_token stop = {}) { return stop.stop_possible(); });
    EXPECT_TRUE(asks.result());
    EXPECT_EQ(pool.submit([](auto... all) { return sizeof...(all); }, 1, 2).result(), 2u);
}

TEST(thread_pool_executor_test, map_gives_constant_references_as_they_are) {
    thread_pool_executor pool{1};
    const std::string text = "text";
    for (const auto& given : pool.map([&](int) -> const std::string& { return text; }, std::vector{1, 2}))
        EXPECT_EQ(&given, &text);
}

TEST(thread_pool_executor_test, a_continuation_that_returns_its_own_future_is_told_so) {
    const promise<void> p;
    future<int> own;
    own = p.get_future().then([&] { return own; });
    p.set_result();
    EXPECT_THROW(own.result(60s), invalid_state_error);
}

}  // namespace
