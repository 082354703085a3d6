// Many threads on one future.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;

// Threads that each do their part in every round, all at about the same time.
class crew {
public:
    template <class... Part>
    explicit crew(int rounds, Part... parts) : waiting_(0), parts_(sizeof...(parts)) {
        (threads_.emplace_back([this, rounds, parts] {
            for (int i = 0; i < rounds; ++i) {
                meet(i);
                parts(i);
            }
        }),
         ...);
    }
    ~crew() { threads_.clear(); }

private:
    void meet(int round) {
        ++waiting_;
        while (waiting_ < (round + 1) * static_cast<int>(parts_)) std::this_thread::yield();
    }
    std::atomic<int> waiting_;
    std::size_t parts_;
    std::vector<std::jthread> threads_;
};

TEST(future_race_test, result_cancel_callback_and_set_may_meet_and_all_see_one_end) {
    constexpr int rounds = 2'000;
    std::vector<promise<int>> promises(rounds);
    std::vector<std::atomic<int>> callbacks(rounds);
    std::vector<std::string> first(rounds), second(rounds);
    {
        const auto future_of = [&](int i) { return promises[static_cast<std::size_t>(i)].get_future(); };
        const crew at_work(
            rounds, [&](int i) { first[static_cast<std::size_t>(i)] = ending(future_of(i)); },
            [&](int i) { future_of(i).cancel(); },
            [&](int i) {
                future_of(i).add_done_callback([&, i](const future<int>& f) {
                    second[static_cast<std::size_t>(i)] = ending(f);
                    ++callbacks[static_cast<std::size_t>(i)];
                });
            },
            [&](int i) {
                if (promises[static_cast<std::size_t>(i)].set_running_or_notify_cancel())
                    promises[static_cast<std::size_t>(i)].set_result(i);
            });
    }
    for (std::size_t i = 0; i < rounds; ++i) {
        ASSERT_EQ(callbacks[i], 1);
        ASSERT_EQ(first[i], second[i]);
        ASSERT_EQ(first[i], promises[i].get_future().cancelled() ? "cancelled" : "value");
    }
}

TEST(future_race_test, waits_with_short_time_outs_meet_the_result) {
    constexpr int rounds = 1'000;
    std::vector<promise<int>> promises(rounds);
    std::atomic<int> timed_out{0}, in_time{0};
    {
        const auto wait_a_little = [&](int i) {
            const auto f = promises[static_cast<std::size_t>(i)].get_future();
            ++(f.wait_for(std::chrono::microseconds(i % 20)) ? in_time : timed_out);
            wait(std::vector{f}, std::chrono::microseconds(i % 20));
            EXPECT_EQ(f.result(), i);
        };
        const crew at_work(rounds, wait_a_little, wait_a_little,
                           [&](int i) { promises[static_cast<std::size_t>(i)].set_result(i); });
    }
    EXPECT_EQ(timed_out + in_time, 2 * rounds);
}

TEST(future_race_test, handles_copied_and_dropped_by_many_threads_leave_nothing) {
    thread_pool_executor pool{2};
    for (int round = 0; round < 300; ++round) {
        const auto f = pool.submit([round] { return std::to_string(round); });
        std::vector<std::jthread> threads;
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([g = f]() mutable {
                for (int i = 0; i < 20; ++i) {
                    auto copy = g;
                    g = std::move(copy);
                }
                EXPECT_FALSE(g.result().empty());
            });
    }
}

TEST(future_race_test, a_future_dropped_while_its_task_runs_is_freed_by_whoever_is_last) {
    const support::reports seen;
    constexpr int tasks = 2'000;
    {
        thread_pool_executor pool{2};
        for (int i = 0; i < tasks; ++i)
            static_cast<void>(pool.submit([i] {
                if (i % 4 == 0) throw std::runtime_error("oh");
            }));
    }
    EXPECT_EQ(seen.count(), tasks / 4u);
}

TEST(future_race_test, a_waiter_that_drops_the_last_handle_as_soon_as_it_wakes_is_safe) {
    thread_pool_executor pool{1};
    for (int i = 0; i < 2'000; ++i) {
        auto f = pool.submit([i] { return std::string(50, static_cast<char>('a' + i % 26)); });
        ASSERT_EQ(std::move(f).result().size(), 50u);
        f = {};
    }
}

}  // namespace
