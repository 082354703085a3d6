// fork() beside a busy pool: the child has the pool's memory and none of its threads.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using concur::broken_thread_pool;
using concur::future;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::opened_at_end;

extern "C" [[gnu::weak]] void __asan_init();  // there is none where AddressSanitizer is not

namespace {

// AddressSanitizer's own lock of its heap (GCC 12) stays locked in the child if a thread was in it.
bool threads_may_allocate_beside_a_fork() { return &__asan_init == nullptr; }

// A pool with threads that submit to it all the time, and one task that lasts.
class busy_pool {
public:
    busy_pool() {
        lasting = pool->submit([this] { return door.wait(), 1; });
        door.until_came(1);
        if (!threads_may_allocate_beside_a_fork()) return;
        for (int t = 0; t < 2; ++t)
            submitters_.emplace_back([this](std::stop_token stop) {
                while (!stop.stop_requested()) {
                    pool->submit([this] { ++ran; }).wait();
                    ++submitted;
                }
            });
        while (submitted < 20) std::this_thread::yield();
    }
    ~busy_pool() {
        submitters_.clear();
        door.open();
    }

    gate door;
    std::unique_ptr<thread_pool_executor> pool = std::make_unique<thread_pool_executor>(3L);
    future<int> lasting;
    std::atomic<int> submitted{0}, ran{0};

private:
    std::vector<std::jthread> submitters_;
};

// Whether `fn` throws broken_thread_pool, and says what to do instead.
template <class F>
bool is_told(F fn) {
    try {
        fn();
        std::fprintf(stderr, "nothing was thrown\n");
        return false;
    } catch (const broken_thread_pool& e) {
        const std::string text = e.what();
        const bool clear = text.find("fork") != text.npos && text.find("make a pool in the child") != text.npos;
        if (!clear) std::fprintf(stderr, "not clear: %s\n", e.what());
        return clear;
    }
}

bool own_pool_works() {
    thread_pool_executor own{2};
    std::vector<int> items(10, 1);
    int sum = 0;
    for (const int n : own.map([](int n) { return n; }, items)) sum += n;
    return sum == 10 && own.submit([&] { return own.submit([] { return 4; }).result(); }).result() == 4;
}

void expect_all_well(const support::child::outcome& child, int round = 0) {
    EXPECT_FALSE(child.timed_out) << "round " << round << ": it hung";
    EXPECT_FALSE(child.signal.has_value()) << "round " << round << ": signal " << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << "round " << round << ": " << child.err;
}

}  // namespace

// fact 61
TEST(thread_pool_executor_test, a_child_of_a_fork_is_told_that_the_inherited_pool_is_of_no_use_and_makes_its_own) {
    busy_pool busy;
    for (int round = 0; round < 100 && !HasFailure(); ++round) {
        const auto child = support::child::run([&] {
            if (!is_told([&] { busy.pool->submit([] {}); })) return 1;
            if (!is_told([&] { busy.lasting.result(); })) return 2;
            if (!own_pool_works()) return 3;
            return 0;
        });
        expect_all_well(child, round);
    }
    busy.door.open();
    EXPECT_EQ(busy.lasting.result(long_enough), 1) << "the parent was disturbed";
    EXPECT_EQ(busy.pool->submit([] { return 2; }).result(long_enough), 2);
}

// fact 61
TEST(thread_pool_executor_test, a_child_of_a_fork_can_destroy_the_inherited_pool_and_exit) {
    busy_pool busy;
    for (int round = 0; round < 20 && !HasFailure(); ++round) {
        const auto child = support::child::run([&]() -> int {
            if (round % 2 == 0) busy.pool.reset();
            if (!own_pool_works()) return 1;
            exit_in_child::now();
        });
        expect_all_well(child, round);
    }
}

TEST(thread_pool_executor_test, a_child_of_a_fork_may_shut_the_inherited_pool_down_to_no_effect) {
    busy_pool busy;
    const auto child = support::child::run([&] {
        busy.pool->shutdown();
        busy.pool->shutdown({.wait = false, .cancel_futures = true});
        return busy.pool->worker_count();
    });
    expect_all_well(child);
    EXPECT_EQ(busy.pool->submit([] { return 2; }).result(long_enough), 2);
}

TEST(thread_pool_executor_test, every_form_of_waiting_tells_a_child_of_a_fork) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    auto running = pool.submit([&] { return door.wait(), 1; });
    ASSERT_TRUE(door.until_came(1));
    auto pending = pool.submit([] { return 1; });
    auto following = pending.then([](int n) { return n; });
    const std::vector both{running, pending};
    const auto child = support::child::run([&] {
        int wrong = 0;
        for (const auto& f : {running, pending, following}) {
            wrong += !is_told([&] { f.result(); });
            wrong += !is_told([&] { f.result(long_enough); });
            wrong += !is_told([&] { f.wait(); });
            wrong += !is_told([&] { f.exception(); });
            wrong += f.done();
        }
        wrong += !is_told([&] { concur::wait(both); });
        wrong += !is_told([&] { concur::wait(both, concur::return_when::first_completed); });
        wrong += !is_told([&] { concur::when_all(both).result(); });
        wrong += !is_told([&] { concur::when_any(both).result(); });
        wrong += !is_told([&] {
            for (auto& f : concur::as_completed(both)) f.result();
        });
        return wrong;
    });
    expect_all_well(child);
}

TEST(thread_pool_executor_test, a_child_of_a_fork_is_told_of_a_call_that_follows_on_the_inherited_pool) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    auto first = pool.submit([] { return 1; });
    first.wait();
    pool.submit([&] { door.wait(); });
    auto following = first.then(pool, [](int n) { return n; });
    ASSERT_FALSE(following.done());
    expect_all_well(support::child::run([&] { return is_told([&] { following.result(); }) ? 0 : 1; }));
    expect_all_well(support::child::run(
        [&] { return is_told([&] { first.then(pool, [](int n) { return n; }).result(); }) ? 0 : 1; }));
}

TEST(thread_pool_executor_test, a_child_of_a_fork_reads_results_that_were_there) {
    thread_pool_executor pool{1};
    const auto done = pool.submit([] { return std::string("there"); });
    done.wait();
    expect_all_well(support::child::run([&] { return done.result() == "there" ? 0 : 1; }));
}

TEST(thread_pool_executor_test, a_child_of_a_fork_may_cancel_and_drop_inherited_futures) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    auto pending = pool.submit([] { return 1; });
    expect_all_well(support::child::run([&] {
        if (!pending.cancel() || !pending.cancelled()) return 1;
        pending = {};
        return 0;
    }));
    EXPECT_FALSE(pending.cancelled()) << "that was the child's own";
    door.open();
    EXPECT_EQ(pending.result(long_enough), 1);
}

TEST(thread_pool_executor_test, a_child_of_a_fork_has_time_outs_of_its_own) {
    using namespace std::chrono_literals;
    thread_pool_executor pool{1};
    const auto before = pool.submit({.timeout = 1h}, [] { return 1; });  // the timer's thread runs
    EXPECT_EQ(before.result(), 1);
    expect_all_well(support::child::run([] {
        gate door;
        thread_pool_executor own{1};
        const opened_at_end guard(door);
        own.submit([&] { door.wait(); });
        try {
            own.submit({.timeout = 5ms}, [] {}).result();
            return 1;
        } catch (const concur::timeout_error&) {
            return 0;
        }
    }));
}

TEST(thread_pool_executor_test, a_task_may_fork_and_its_child_makes_a_pool_of_its_own) {
    thread_pool_executor pool{2};
    const auto child = pool.submit([&] {
                               return support::child::run([&] {
                                   if (!is_told([&] { pool.submit([] {}); })) return 1;
                                   return own_pool_works() ? 0 : 2;
                               });
                           })
                           .result();
    expect_all_well(child);
    EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}

TEST(thread_pool_executor_test, a_task_may_fork_and_its_child_may_exit) {
    thread_pool_executor pool{2};
    const auto child = pool.submit([&] {
                               return support::child::run([&]() -> int {
                                   if (!own_pool_works()) return 2;
                                   exit_in_child::now();
                               });
                           })
                           .result();
    expect_all_well(child);
}

TEST(thread_pool_executor_test, a_child_of_a_child_has_a_pool_too) {
    const thread_pool_executor pool{1};
    expect_all_well(support::child::run([] {
        thread_pool_executor own{1};
        if (own.submit([] { return 1; }).result() != 1) return 1;
        const auto grandchild = support::child::run([&] {
            if (!is_told([&] { own.submit([] {}); })) return 1;
            return own_pool_works() ? 0 : 2;
        });
        std::fputs(grandchild.err.c_str(), stderr);
        return grandchild.exit_code.value_or(99);
    }));
}
