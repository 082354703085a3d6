#include "concur/futures/as_completed.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ready;
using support::tracked;

// The values that come, and then the text of the time-out or "end".
std::vector<std::string> all_of(const std::vector<future<int>>& futures, timeout t = none) {
    std::vector<std::string> texts;
    try {
        for (auto& f : as_completed(futures, t)) texts.push_back(f.cancelled() ? "x" : std::to_string(f.result()));
        texts.push_back("end");
    } catch (const timeout_error& e) {
        texts.push_back(e.what());
    }
    return texts;
}
using texts = std::vector<std::string>;

// fact 21
TEST(as_completed_test, of_nothing_it_ends_at_once) {
    EXPECT_EQ(all_of({}), texts{"end"});
    EXPECT_EQ(all_of({}, 0s), texts{"end"});
}

// fact 22
TEST(as_completed_test, a_future_that_comes_twice_is_given_once_whatever_the_range) {
    const auto a = ready(1), b = ready(2);
    EXPECT_EQ(all_of({a, b, a, a, b}), (texts{"1", "2", "end"}));
    std::size_t at = 0;
    const std::vector list{b, a, b};
    auto generated = std::views::iota(0, 3) | std::views::transform([&](int) { return list[at++]; });
    int sum = 0;
    for (auto& f : as_completed(generated)) sum = sum * 10 + f.result();
    EXPECT_EQ(sum, 21);
}

TEST(as_completed_test, those_that_are_done_come_first_and_then_each_as_it_finishes) {
    const promise<int> a, b, c;
    const std::vector futures{a.get_future(), ready(9), b.get_future(), c.get_future()};
    c.set_result(3);
    std::vector<int> came;
    for (auto& f : as_completed(futures)) {
        came.push_back(f.result());
        if (came.size() == 2) b.set_result(2);
        if (came.size() == 3) a.set_result(1);
    }
    EXPECT_EQ(came, (std::vector{9, 3, 2, 1}));
}

TEST(as_completed_test, it_waits_for_what_is_not_done_yet) {
    thread_pool_executor pool{2};
    std::vector<future<int>> futures;
    for (int i = 0; i < 200; ++i) futures.push_back(pool.submit([i] { return i; }));
    std::vector<bool> seen(200);
    for (auto& f : as_completed(futures)) seen[static_cast<std::size_t>(f.result())] = true;
    EXPECT_TRUE(std::ranges::all_of(seen, [](bool b) { return b; }));
}

// fact 28
TEST(as_completed_test, finished_futures_are_given_even_when_the_time_out_is_zero_or_negative) {
    const promise<int> p;
    for (const timeout t : {timeout(0s), timeout(-1s)}) {
        EXPECT_EQ(all_of({ready(1), p.get_future(), ready(2)}, t),
                  (texts{"1", "2", "the time is over: 1 (of 3) futures unfinished"}));
        EXPECT_EQ(all_of({ready(1), ready(2)}, t), (texts{"1", "2", "end"}));
    }
}

// fact 28
TEST(as_completed_test, what_finished_after_the_call_is_given_too_before_the_time_out_is_told) {
    const promise<int> p, q;
    auto range = as_completed(std::vector{p.get_future(), q.get_future()}, 0s);
    p.set_result(1);
    auto it = range.begin();
    EXPECT_EQ(it->result(), 1);
    EXPECT_THROW(*++it, timeout_error);
}

// fact 29
TEST(as_completed_test, the_time_out_says_how_many_of_how_many_are_unfinished) {
    const promise<int> a, b, c;
    EXPECT_EQ(all_of({a.get_future(), ready(1), b.get_future(), c.get_future(), a.get_future()}, 1ms),
              (texts{"1", "the time is over: 3 (of 4) futures unfinished"}));
}

TEST(as_completed_test, the_time_counts_from_the_call_and_can_be_told_again) {
    const promise<int> p;
    auto range = as_completed(std::vector{p.get_future()}, 1ms);
    EXPECT_THROW(*range.begin(), timeout_error);
    EXPECT_THROW(*range.begin(), timeout_error);
    p.set_result(4);
    EXPECT_EQ(range.begin()->result(), 4);
}

// fact 30
TEST(as_completed_test, a_result_is_freed_when_the_loop_goes_on) {
    thread_pool_executor pool{2};
    const int before = tracked::live();
    std::vector<future<tracked>> futures;
    for (int i = 0; i < 10; ++i) futures.push_back(pool.submit([i] { return tracked(i); }));
    pool.shutdown();  // a worker lets go of a task a little later than its result can be seen
    int expected = 10;
    for (auto& f : as_completed(std::move(futures))) {
        EXPECT_EQ(tracked::live(), before + expected);
        EXPECT_GE(f.result().value, 0);
        --expected;
    }
    EXPECT_EQ(tracked::live(), before);
}

// fact 30
TEST(as_completed_test, a_future_moved_out_of_the_loop_variable_is_the_last_handle) {
    const int before = tracked::live();
    std::vector futures{ready(tracked(1)), ready(tracked(2))};
    for (auto& f : as_completed(std::move(futures))) {
        auto mine = std::move(f);
        const int alive = tracked::live();
        mine = {};
        EXPECT_EQ(tracked::live(), alive - 1);
    }
    EXPECT_EQ(tracked::live(), before);
}

// fact 31
TEST(as_completed_test, leaving_early_forgets_every_future_that_had_not_come) {
    const int before = tracked::live();
    promise<tracked> never;
    {
        const promise<tracked> first;
        first.set_result(tracked(1));
        for (auto& f : as_completed(std::vector{never.get_future(), first.get_future()})) {
            EXPECT_EQ(f.result().value, 1);
            break;
        }
    }
    EXPECT_EQ(tracked::live(), before);
    never.set_result(tracked(2));
    never = {};
    EXPECT_EQ(tracked::live(), before);
}

// fact 31
TEST(as_completed_test, leaving_while_futures_finish_is_safe) {
    thread_pool_executor pool{2};
    const int before = tracked::live();
    for (int round = 0; round < 200; ++round) {
        std::vector<future<tracked>> futures;
        for (int i = 0; i < 8; ++i) futures.push_back(pool.submit([i] { return tracked(i); }));
        int taken = 0;
        for (auto& f : as_completed(std::move(futures))) {
            f.result();
            if (++taken == round % 8) break;
        }
    }
    pool.shutdown();
    EXPECT_EQ(tracked::live(), before);
}

// fact 32
TEST(as_completed_test, futures_of_different_executors_and_hand_made_ones_may_be_mixed) {
    thread_pool_executor pool{1}, other{1};
    support::manual_executor by_hand;
    const promise<int> p;
    const std::vector futures{by_hand.submit([] { return 1; }), p.get_future(), pool.submit([] { return 4; }),
                              other.submit([] { return 8; })};
    by_hand.run_all();
    int sum = 0;
    for (auto& f : as_completed(futures)) {
        sum += f.result();
        if (f == futures[0]) p.set_result(2);
    }
    EXPECT_EQ(sum, 15);
}

TEST(as_completed_test, errors_and_cancellation_are_in_the_futures) {
    const promise<int> p;
    p.get_future().cancel();
    std::vector<std::string> ends;
    for (auto& f : as_completed(std::vector{support::failed<int>("oh"), p.get_future()}))
        ends.push_back(support::ending(f));
    EXPECT_EQ(ends, (texts{"oh", "cancelled"}));
}

TEST(as_completed_test, an_empty_future_among_them_is_refused_at_once) {
    EXPECT_THROW(as_completed(std::vector{future<int>()}), invalid_state_error);
}

TEST(as_completed_test, it_is_an_input_range) {
    using range = decltype(as_completed(std::vector<future<int>>{}));
    EXPECT_TRUE(std::ranges::input_range<range>);
    EXPECT_TRUE((std::is_same_v<std::ranges::range_value_t<range>, future<int>>));
    auto values = as_completed(std::vector{ready(1), ready(2)});
    int sum = 0;
    for (const int i : values | std::views::transform([](const future<int>& f) { return f.result(); })) sum += i;
    EXPECT_EQ(sum, 3);
}

TEST(as_completed_test, a_worker_of_a_pool_of_one_may_go_through_its_own_tasks) {
    thread_pool_executor pool{1};
    const auto sum = pool.submit([&] {
        std::vector<future<int>> futures;
        for (int i = 0; i < 20; ++i) futures.push_back(pool.submit([i] { return i; }));
        int s = 0;
        for (auto& f : as_completed(futures)) s += f.result();
        return s;
    });
    EXPECT_EQ(sum.result(), 190);
}

TEST(as_completed_test, in_a_child_of_a_fork_the_parent_s_tasks_are_not_waited_for_in_vain) {
    support::gate hold;
    thread_pool_executor pool{1};  // goes first: its task is still on its way out of the gate
    const support::opened_at_end let_go(hold);
    const auto f = pool.submit([&] { hold.wait(); });
    EXPECT_TRUE(hold.until_came(1));
    const auto child = support::child::run([&] {
        int thrown = 0;
        try {
            for (auto& one : as_completed(std::vector{f})) one.wait();
        } catch (const broken_thread_pool&) {
            ++thrown;
        }
        try {
            wait(std::vector{f});
        } catch (const broken_thread_pool&) {
            ++thrown;
        }
        return thrown;
    });
    EXPECT_EQ(child.exit_code, 2) << child.err;
}

}  // namespace
