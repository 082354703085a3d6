// Exceptions of tasks: read as often as one likes, from any thread, or reported once.
#include "concur/core/unhandled_exception.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/child.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

const std::exception* caught_in(const future<int>& f) {
    try {
        f.result();
    } catch (const std::exception& e) {
        return &e;
    }
    return nullptr;
}

// fact 16
TEST(future_error_test, each_rethrow_hands_out_the_same_exception_object) {
    const auto f = support::failed<int>("oh");
    const auto* first = caught_in(f);
    EXPECT_NE(first, nullptr);
    EXPECT_EQ(caught_in(f), first);
    EXPECT_EQ(f.exception(), f.exception());
}

// fact 16
TEST(future_error_test, many_threads_may_rethrow_it_at_once) {
    const auto f = support::failed<int>("oh");
    std::atomic<int> right{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, f] {
            for (int i = 0; i < 500; ++i) right += support::ending(f) == "oh" ? 1 : 0;
        });
    threads.clear();
    EXPECT_EQ(right, 2'000);
}

// fact 17
TEST(future_error_test, an_exception_that_converts_to_false_is_still_an_exception) {
    struct falsy : std::exception {
        explicit operator bool() const { return false; }
        const char* what() const noexcept override { return ""; }
    };
    const promise<int> p;
    p.set_exception(falsy{});
    EXPECT_NE(p.get_future().exception(), nullptr);
    EXPECT_THROW(p.get_future().result(), falsy);
    const promise<int> zero;
    zero.set_exception(0);
    EXPECT_NE(zero.get_future().exception(), nullptr);
    EXPECT_THROW(zero.get_future().result(), int);
}

// fact 19
TEST(future_error_test, the_exception_that_result_threw_does_not_keep_the_future_alive) {
    const int before = support::tracked::live();
    std::exception_ptr kept;
    {
        thread_pool_executor pool{1};
        const auto f = pool.submit([t = support::tracked(1)]() -> support::tracked { throw std::runtime_error("oh"); });
        try {
            f.result();
        } catch (...) {
            kept = std::current_exception();
        }
        const promise<support::tracked> p;
        const auto g = p.get_future();
        g.add_done_callback([t = support::tracked(2)](const future<support::tracked>&) {});
        p.set_exception(kept);
        EXPECT_EQ(g.exception(), kept);
    }
    EXPECT_EQ(support::tracked::live(), before);
    EXPECT_EQ(support::what_of(kept), "oh");
}

// fact 60
TEST(future_error_test, a_task_may_throw_anything_and_its_future_delivers_it) {
    thread_pool_executor pool{1};
    struct not_an_exception {
        int code;
    };
    EXPECT_THROW(pool.submit([] { throw 42; }).result(), int);
    EXPECT_THROW(pool.submit([]() -> int { throw "text"; }).result(), const char*);
    try {
        pool.submit([] { throw not_an_exception{7}; }).result();
        FAIL();
    } catch (const not_an_exception& e) {
        EXPECT_EQ(e.code, 7);
    }
    EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}

TEST(future_error_test, a_result_whose_move_throws_is_that_task_s_exception) {
    support::tracked::reset();
    const int before = support::tracked::live();
    {
        thread_pool_executor pool{1};
        support::tracked::fail_move(1);
        const auto f = pool.submit([] {
            support::tracked local(1);
            return support::tracked(std::move(local));
        });
        EXPECT_THROW(f.result(), support::move_failed);
        EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
    }
    EXPECT_EQ(support::tracked::live(), before);
    support::tracked::reset();
}

void drop_one_that_failed() {
    const promise<int> p;
    p.set_exception(std::runtime_error("oh"));
}

TEST(future_error_test, an_exception_that_nobody_read_is_reported_once_when_the_last_handle_goes) {
    const support::reports seen;
    {
        const promise<int> p;
        auto f = p.get_future();
        auto copy = f;
        p.set_exception(std::runtime_error("oh"));
        f = {};
        f = std::move(copy);
        EXPECT_EQ(seen.count(), 0u);
    }
    EXPECT_EQ(seen.lines(), lines{"a future: oh"});
}

TEST(future_error_test, one_that_was_read_in_any_way_is_not_reported) {
    const support::reports seen;
    const auto fresh = [] {
        const promise<int> p;
        p.set_exception(std::runtime_error("oh"));
        return p.get_future();
    };
    EXPECT_THROW(fresh().result(), std::runtime_error);
    EXPECT_THROW(static_cast<void>(std::as_const(*std::make_unique<future<int>>(fresh())).result()),
                 std::runtime_error);
    fresh().exception();
    fresh().add_done_callback([](const future<int>& f) { f.exception(); });
    fresh().then([](const future<int>& f) { f.exception(); });
    EXPECT_EQ(seen.count(), 0u);
}

TEST(future_error_test, waiting_is_not_reading) {
    const support::reports seen;
    {
        const promise<int> p;
        p.set_exception(std::runtime_error("oh"));
        p.get_future().wait();
        EXPECT_TRUE(p.get_future().wait_for(0s));
        EXPECT_TRUE(p.get_future().done());
        EXPECT_FALSE(p.get_future().cancelled());
        EXPECT_NE(to_string(p.get_future()), "");
    }
    EXPECT_EQ(seen.count(), 1u);
}

TEST(future_error_test, a_cancelled_future_has_nothing_to_report) {
    const support::reports seen;
    static_cast<void>(support::cancelled<int>());
    EXPECT_EQ(seen.count(), 0u);
}

TEST(future_error_test, a_task_s_exception_is_reported_with_the_task_s_name) {
    const support::reports seen;
    {
        thread_pool_executor pool{1};
        pool.submit([] { throw std::runtime_error("one"); });
        pool.submit(task_options{.name = "parse"}, [] { throw std::runtime_error("two"); });
    }
    EXPECT_EQ(seen.lines(), (lines{"a task: one", "task 'parse': two"}));
}

TEST(future_error_test, without_a_hook_it_is_one_line_on_standard_error) {
    const auto child = support::child::run([] {
        set_unhandled_exception_hook(nullptr);
        drop_one_that_failed();
        return 0;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_EQ(child.err, "concur: nobody read the exception of a future: std::runtime_error: oh\n");
}

TEST(future_error_test, a_hook_that_throws_harms_nobody) {
    auto before = set_unhandled_exception_hook([](std::exception_ptr) { throw 1; });
    EXPECT_NO_THROW(drop_one_that_failed());
    set_unhandled_exception_hook(std::move(before));
    const support::reports seen;
    drop_one_that_failed();
    EXPECT_EQ(seen.count(), 1u);
}

TEST(future_error_test, handles_dropped_by_many_threads_report_once) {
    const support::reports seen;
    for (int round = 0; round < 100; ++round) {
        std::vector<std::jthread> threads;
        promise<int> p;
        for (int t = 0; t < 3; ++t) threads.emplace_back([f = p.get_future()]() mutable { f = {}; });
        p.set_exception(std::runtime_error("oh"));
        p = {};
    }
    EXPECT_EQ(seen.count(), 100u);
}

}  // namespace
