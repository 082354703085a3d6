#include "concur/futures/wait.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <list>
#include <ranges>
#include <sys/resource.h>
#include <thread>
#include <unordered_set>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::cancelled;
using support::failed;
using support::ready;
using futures_of_int = std::vector<future<int>>;

constexpr auto policies = {return_when::first_completed, return_when::first_exception, return_when::all_completed};

// fact 21
TEST(wait_test, for_nothing_it_returns_at_once_with_nothing) {
    for (const auto policy : policies) {
        const auto result = wait(futures_of_int{}, policy);
        EXPECT_TRUE(result.done.empty() && result.not_done.empty());
    }
}

// fact 22
TEST(wait_test, a_future_that_comes_twice_is_there_once_in_its_first_place) {
    const auto a = ready(1), b = ready(2);
    const promise<int> p;
    const auto c = p.get_future();
    const auto [done, not_done] = wait(std::vector{a, c, b, a, c, b, b}, 0s);
    EXPECT_EQ(done, (futures_of_int{a, b}));
    EXPECT_EQ(not_done, futures_of_int{c});
}

// fact 22
TEST(wait_test, any_input_range_will_do_even_one_that_can_be_read_only_once) {
    const auto a = ready(1), b = ready(2);
    const std::vector list{a, b, a};
    std::size_t at = 0;
    auto generated = std::views::iota(0, 3) | std::views::transform([&](int) { return list[at++]; });
    EXPECT_EQ(wait(generated).done, (futures_of_int{a, b}));
    EXPECT_EQ(wait(std::list{b, a}).done, (futures_of_int{b, a}));
    EXPECT_EQ(wait(std::array{a, a}).done, futures_of_int{a});
    EXPECT_EQ(wait(std::unordered_set<future<int>>{a, b}).done.size(), 2u);
}

// fact 23
TEST(wait_test, when_the_time_is_over_it_throws_nothing_and_says_what_is_done) {
    const promise<int> p;
    const auto done_one = ready(1);
    for (const auto policy : {return_when::first_exception, return_when::all_completed}) {
        const auto [done, not_done] = wait(std::vector{p.get_future(), done_one}, 1ms, policy);
        EXPECT_EQ(done, futures_of_int{done_one});
        EXPECT_EQ(not_done, futures_of_int{p.get_future()});
    }
    EXPECT_EQ(wait(std::vector{p.get_future()}, 0s).not_done.size(), 1u);
    EXPECT_EQ(wait(std::vector{p.get_future()}, -1s, return_when::first_completed).not_done.size(), 1u);
}

// fact 24
TEST(wait_test, first_completed_with_some_done_already_returns_at_once_and_tells_all_of_them) {
    const promise<int> p;
    const auto a = ready(1), b = cancelled<int>(), c = failed<int>("x");
    const auto [done, not_done] = wait(std::vector{a, p.get_future(), b, c}, return_when::first_completed);
    EXPECT_EQ(done, (futures_of_int{a, b, c}));
    EXPECT_EQ(not_done, futures_of_int{p.get_future()});
}

// Runs wait() on a thread until that sleeps, calls `end`, and gives what wait() did.
template <class End>
wait_result<int> woken_by(const futures_of_int& futures, return_when policy, End end) {
    std::atomic<int> id{0};
    wait_result<int> result;
    std::thread waiter([&] {
        id = support::this_thread_id();
        result = wait(futures, policy);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    end();
    waiter.join();
    return result;
}

TEST(wait_test, first_completed_returns_with_the_first_that_ends_in_whatever_way) {
    for (int way = 0; way < 3; ++way) {
        const promise<int> a, b;
        const auto result = woken_by({a.get_future(), b.get_future()}, return_when::first_completed, [&] {
            if (way == 0) b.set_result(1);
            else if (way == 1) b.set_exception(1);
            else b.get_future().cancel();
        });
        EXPECT_EQ(result.done, futures_of_int{b.get_future()});
        EXPECT_EQ(result.not_done, futures_of_int{a.get_future()});
    }
}

// fact 25
TEST(wait_test, first_exception_returns_with_the_first_that_fails) {
    const promise<int> a, b, c;
    const auto result = woken_by({a.get_future(), b.get_future(), c.get_future()}, return_when::first_exception, [&] {
        a.set_result(1);
        b.set_exception(std::runtime_error("oh"));
    });
    EXPECT_EQ(result.done, (futures_of_int{a.get_future(), b.get_future()}));
    EXPECT_EQ(result.not_done, futures_of_int{c.get_future()});
}

// fact 25
TEST(wait_test, first_exception_returns_at_once_where_one_has_failed_already) {
    const promise<int> p;
    const auto bad = failed<int>("oh");
    const auto [done, not_done] = wait(std::vector{p.get_future(), bad}, return_when::first_exception);
    EXPECT_EQ(done, futures_of_int{bad});
    EXPECT_EQ(not_done.size(), 1u);
}

// fact 25
TEST(wait_test, first_exception_is_not_triggered_by_one_that_was_cancelled) {
    const promise<int> a, b, c;
    c.get_future().cancel();
    const auto result = woken_by({a.get_future(), b.get_future(), c.get_future()}, return_when::first_exception, [&] {
        a.get_future().cancel();
        EXPECT_FALSE(b.get_future().done());
        b.set_result(1);
    });
    EXPECT_EQ(result.done.size(), 3u);
}

// fact 26
TEST(wait_test, first_exception_without_a_failure_waits_for_all) {
    const promise<int> a, b;
    const auto result = woken_by({a.get_future(), b.get_future()}, return_when::first_exception, [&] {
        a.set_result(1);
        b.set_result(2);
    });
    EXPECT_EQ(result.done.size(), 2u);
    EXPECT_TRUE(result.not_done.empty());
    EXPECT_EQ(wait(std::vector{ready(1), cancelled<int>()}, return_when::first_exception).done.size(), 2u);
}

TEST(wait_test, all_completed_waits_for_each_in_whatever_way_it_ends) {
    const promise<int> a, b, c;
    const auto result = woken_by({a.get_future(), b.get_future(), c.get_future()}, return_when::all_completed, [&] {
        a.set_exception(1);
        b.get_future().cancel();
        c.set_result(1);
    });
    EXPECT_EQ(result.done, (futures_of_int{a.get_future(), b.get_future(), c.get_future()}));
}

// fact 27
TEST(wait_test, a_hundred_that_finish_at_once_while_a_waiter_registers_lose_no_wake_up) {
    thread_pool_executor pool{4};
    for (int round = 0; round < 30; ++round) {
        support::gate begin;
        futures_of_int futures;
        for (int i = 0; i < 100; ++i)
            futures.push_back(pool.submit([&, i] {
                if (i < 4) begin.wait();
                return i;
            }));
        begin.until_came(4);
        begin.open();
        const auto [done, not_done] = wait(futures, support::long_enough);
        ASSERT_EQ(done.size(), 100u);
        ASSERT_TRUE(not_done.empty());
    }
}

// fact 27
TEST(wait_test, many_waiters_on_the_same_futures_are_all_woken) {
    for (int round = 0; round < 30; ++round) {
        std::vector<promise<int>> promises(100);
        futures_of_int futures;
        for (const auto& p : promises) futures.push_back(p.get_future());
        std::atomic<int> right{0};
        std::vector<std::jthread> waiters;
        for (int t = 0; t < 3; ++t)
            waiters.emplace_back([&, t] {
                const auto policy = t == 0 ? return_when::first_completed : return_when::all_completed;
                const auto result = wait(futures, support::long_enough, policy);
                right += result.done.size() >= (t == 0 ? 1u : 100u) ? 1 : 0;
            });
        for (const auto& p : promises) p.set_result(1);
        waiters.clear();
        ASSERT_EQ(right, 3);
    }
}

// fact 32
TEST(wait_test, futures_of_different_executors_and_hand_made_ones_may_be_mixed) {
    thread_pool_executor pool{1}, other{1};
    support::manual_executor by_hand;
    const promise<int> p;
    const std::vector futures{pool.submit([] { return 1; }), other.submit([] { return 2; }),
                              by_hand.submit([] { return 3; }), p.get_future()};
    std::thread rest([&] {
        by_hand.run_all();
        p.set_result(4);
    });
    EXPECT_EQ(wait(futures).done, futures);
    rest.join();
}

TEST(wait_test, an_empty_future_among_them_is_refused) {
    EXPECT_THROW(wait(std::vector{ready(1), future<int>()}), invalid_state_error);
}

TEST(wait_test, other_types_than_int_can_be_waited_for) {
    EXPECT_EQ(wait(std::vector{ready(), ready()}).done.size(), 2u);
    const promise<int&> p;
    EXPECT_EQ(wait(std::vector{p.get_future()}, 0s).not_done.size(), 1u);
}

TEST(wait_test, a_temporary_range_gives_its_futures_away) {
    std::vector<future<int>> futures{ready(1), ready(2)};
    const auto result = wait(std::move(futures));
    EXPECT_EQ(result.done.size(), 2u);
    for (const auto& f : result.done) EXPECT_TRUE(f.valid());
}

TEST(wait_test, a_worker_that_waits_for_tasks_of_its_own_pool_of_one_runs_them) {
    thread_pool_executor pool{1};
    const auto count = pool.submit([&] {
        futures_of_int futures;
        for (int i = 0; i < 20; ++i) futures.push_back(pool.submit([i] { return i; }));
        return wait(futures).done.size() + wait(futures, return_when::first_completed).done.size();
    });
    EXPECT_EQ(count.result(), 40u);
}

std::vector<promise<int>> many_promises() { return std::vector<promise<int>>(10'000); }

futures_of_int futures_of(const std::vector<promise<int>>& promises) {
    futures_of_int futures;
    for (const auto& p : promises) futures.push_back(p.get_future());
    std::ranges::sort(futures);  // so no memory is needed to find that none comes twice
    return futures;
}

// What it listens with takes memory, so where little is taken it has listened to few.
TEST(wait_test, it_listens_to_none_where_it_only_looks_and_to_one_where_all_are_needed) {
    const auto promises = many_promises();
    const auto futures = futures_of(promises);
    const std::size_t for_each = sizeof(future_core*) + sizeof(future<int>) + 1;
    for (const timeout t : {timeout(0s), timeout(20ms)}) {
        const std::size_t before = support::allocations::bytes_here();
        EXPECT_EQ(wait(futures, t).not_done.size(), futures.size());
        EXPECT_LT(support::allocations::bytes_here() - before, futures.size() * for_each + 1'000);
    }
    const std::size_t before = support::allocations::bytes_here();
    wait(futures, 0s, return_when::first_completed);
    EXPECT_LT(support::allocations::bytes_here() - before, futures.size() * for_each + 1'000);
}

TEST(wait_test, it_listens_to_none_where_enough_are_done) {
    const auto promises = many_promises();
    const auto futures = futures_of(promises);
    promises.back().set_exception(1);
    EXPECT_TRUE(promises.back().get_future().exception());
    const std::size_t for_each = sizeof(future_core*) + sizeof(future<int>) + 1;
    for (const auto policy : {return_when::first_completed, return_when::first_exception}) {
        const std::size_t before = support::allocations::bytes_here();
        EXPECT_EQ(wait(futures, policy).done.size(), 1u);
        EXPECT_LT(support::allocations::bytes_here() - before, futures.size() * for_each + 1'000);
    }
}

TEST(wait_test, waiting_again_and_again_leaves_nothing_behind) {
    const auto promises = many_promises();
    const auto futures = futures_of(promises);
    const auto round = [&] {
        for (const auto policy : policies) EXPECT_TRUE(wait(futures, 5ms, policy).done.empty());
    };
    round();
    const std::size_t before = support::allocations::live();
    for (int i = 0; i < 20; ++i) round();
    EXPECT_EQ(support::allocations::live(), before);
    for (const auto& p : promises) p.set_result(1);
}

TEST(wait_test, where_memory_ends_it_leaves_nothing_behind) {
    for (const auto policy : policies) {
        std::vector<promise<int>> promises(20);
        const auto futures = futures_of(promises);
        const std::size_t before = support::allocations::live();
        EXPECT_GT(support::allocations::sweep([&] { wait(futures, 1ms, policy); }, [] {}), 2u);
        EXPECT_EQ(support::allocations::live(), before);
        for (const auto& p : promises) p.set_result(1);
    }
}

long sleeps_of_this_thread() {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
}

// From the first to the last, from the last to the first, and all over the place.
std::vector<std::size_t> order_of_finishing(int way, std::size_t n) {
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = way == 0 ? i : way == 1 ? n - 1 - i : i * 7919 % n;
    return order;
}

TEST(wait_test, for_all_it_sleeps_a_few_times_in_whatever_order_they_finish) {
    for (int way = 0; way < 3; ++way) {
        std::vector<promise<int>> promises(1'000);
        const auto futures = futures_of(promises);
        std::atomic<int> id{0};
        long sleeps = 0;
        std::thread waiter([&] {
            const long before = sleeps_of_this_thread();
            id = support::this_thread_id();
            wait(futures);
            sleeps = sleeps_of_this_thread() - before;
        });
        while (id == 0) std::this_thread::yield();
        for (const std::size_t i : order_of_finishing(way, promises.size())) {
            EXPECT_TRUE(i % 50 != 0 || support::until_asleep(id));
            promises[i].set_result(1);
        }
        waiter.join();
        EXPECT_LE(sleeps, 12);
    }
}

}  // namespace
