#include "concur/futures/when.hpp"

#include "concur/core/recycled.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::cancelled;
using support::ending;
using support::failed;
using support::ready;
using support::tracked;

TEST(when_test, all_of_a_range_are_done_when_each_is) {
    const promise<int> a, b;
    const std::vector futures{a.get_future(), b.get_future()};
    const auto all = when_all(futures);
    a.set_result(1);
    EXPECT_FALSE(all.done());
    b.set_result(2);
    EXPECT_TRUE(all.done());
    EXPECT_EQ(all.result(), futures);
}

TEST(when_test, all_of_a_few_of_different_types_are_a_tuple) {
    const promise<std::string> name;
    const auto all = when_all(ready(1), name.get_future(), ready());
    EXPECT_FALSE(all.done());
    name.set_result("apple");
    const auto& [number, text, nothing] = all.result();
    EXPECT_EQ(number.result(), 1);
    EXPECT_EQ(text.result(), "apple");
    EXPECT_TRUE(nothing.done());
}

TEST(when_test, all_of_nothing_is_done_at_once) {
    EXPECT_TRUE(when_all(std::vector<future<int>>{}).result().empty());
    EXPECT_EQ(when_all().result(), std::tuple<>());
}

TEST(when_test, any_of_nothing_is_refused) {
    EXPECT_THROW(when_any(std::vector<future<int>>{}), std::invalid_argument);
}

TEST(when_test, an_empty_future_among_them_is_refused) {
    EXPECT_THROW(when_all(std::vector{future<int>()}), invalid_state_error);
    EXPECT_THROW(when_any(ready(1), future<int>()), invalid_state_error);
}

TEST(when_test, all_is_done_whatever_the_outcome_and_the_errors_are_in_the_parts) {
    const auto all = when_all(failed<int>("oh"), cancelled<int>(), ready(1));
    EXPECT_EQ(ending(all), "value");
    EXPECT_EQ(ending(std::get<0>(all.result())), "oh");
    EXPECT_EQ(ending(std::get<1>(all.result())), "cancelled");
}

TEST(when_test, any_is_done_with_the_first_and_says_which) {
    const promise<int> a, b, c;
    const std::vector futures{a.get_future(), b.get_future(), c.get_future()};
    const auto any = when_any(futures);
    EXPECT_FALSE(any.done());
    b.set_result(5);
    EXPECT_EQ(any.result().index, 1u);
    EXPECT_EQ(any.result().futures, futures);
    EXPECT_EQ(any.result().futures[any.result().index].result(), 5);
    a.set_result(1);
    EXPECT_EQ(any.result().index, 1u);
}

TEST(when_test, any_takes_one_that_is_done_already_and_any_outcome) {
    const promise<int> p;
    EXPECT_EQ(when_any(p.get_future(), ready(std::string("x"))).result().index, 1u);
    EXPECT_EQ(when_any(p.get_future(), failed<int>("oh")).result().index, 1u);
    EXPECT_EQ(when_any(cancelled<int>(), p.get_future()).result().index, 0u);
}

TEST(when_test, the_same_future_may_come_twice) {
    const promise<int> p;
    const std::vector twice{p.get_future(), p.get_future()};
    const auto all = when_all(twice);
    const auto any = when_any(twice);
    p.set_result(1);
    EXPECT_EQ(all.result().size(), 2u);
    EXPECT_EQ(any.result().index, 0u);
}

TEST(when_test, cancelling_the_whole_leaves_the_parts) {
    const promise<int> a, b;
    const auto all = when_all(a.get_future(), b.get_future());
    const auto any = when_any(a.get_future(), b.get_future());
    EXPECT_TRUE(all.cancel());
    EXPECT_TRUE(any.cancel());
    EXPECT_FALSE(a.get_future().done() || b.get_future().done());
    a.set_result(1);
    b.set_result(2);
    EXPECT_EQ(ending(all), "cancelled");
    EXPECT_EQ(ending(any), "cancelled");
}

TEST(when_test, a_part_that_lasts_gathers_nothing) {
    const recycling_pause every_block_is_new;
    const promise<int> stop;
    const auto round = [&](bool cancel) {
        const promise<int> p;
        const auto any = when_any(stop.get_future(), p.get_future());
        if (cancel) any.cancel();
        p.set_result(1);
        any.wait();
    };
    round(false);
    round(true);
    const std::size_t before = support::allocations::live();
    for (int i = 0; i < 50; ++i) round(i % 2 == 0);
    EXPECT_EQ(support::allocations::live(), before);
}

TEST(when_test, a_cancelled_whole_lets_go_of_its_parts_that_are_not_done) {
    const recycling_pause every_block_is_new;
    const promise<int> stop;
    const std::size_t before = support::allocations::live();
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(when_all(stop.get_future(), stop.get_future()).cancel());
        EXPECT_TRUE(when_any(std::vector{stop.get_future()}).cancel());
    }
    EXPECT_EQ(support::allocations::live(), before);
}

TEST(when_test, the_parts_live_as_long_as_the_whole_and_no_longer) {
    const int before = tracked::live();
    auto all = when_all(std::vector{ready(tracked(1)), ready(tracked(2))});
    EXPECT_EQ(tracked::live(), before + 2);
    EXPECT_EQ(all.result()[1].result().value, 2);
    all = {};
    EXPECT_EQ(tracked::live(), before);
}

TEST(when_test, a_whole_can_be_followed_and_be_part_of_another) {
    const promise<int> a, b;
    const auto all = when_all(std::vector{a.get_future(), b.get_future()});
    const auto sum = all.then([](const std::vector<future<int>>& f) { return f[0].result() + f[1].result(); });
    const auto outer = when_all(sum, all);
    a.set_result(1);
    b.set_result(2);
    EXPECT_EQ(std::get<0>(outer.result()).result(), 3);
}

TEST(when_test, parts_that_finish_while_the_whole_is_made_are_counted) {
    thread_pool_executor pool{2};
    for (int round = 0; round < 300; ++round) {
        std::vector<future<int>> futures;
        for (int i = 0; i < 6; ++i) futures.push_back(pool.submit([i] { return i; }));
        const auto all = when_all(futures);
        const auto any = when_any(futures);
        ASSERT_TRUE(any.wait_for(30s));
        ASSERT_TRUE(any.result().futures[any.result().index].done());
        ASSERT_TRUE(all.wait_for(30s));
        for (const auto& f : all.result()) ASSERT_TRUE(f.done());
    }
}

TEST(when_test, cancelling_the_whole_and_finishing_the_parts_may_race) {
    for (int round = 0; round < 500; ++round) {
        const promise<int> a, b;
        const auto any = when_any(a.get_future(), b.get_future());
        std::thread one([&] { a.set_result(1); });
        std::thread two([&] { b.set_result(2); });
        const bool won = any.cancel();
        one.join();
        two.join();
        any.wait();
        ASSERT_EQ(any.cancelled(), won);
    }
}

TEST(when_test, one_of_one_is_a_choice_of_the_first) {
    const promise<int> p;
    const auto any = when_any(std::vector{p.get_future()});
    p.set_result(1);
    EXPECT_EQ(any.result().index, 0u);
    EXPECT_EQ(when_any(std::vector{ready(1)}).result().index, 0u);
}

TEST(when_test, parts_that_are_done_are_not_listened_to) {
    std::vector<future<int>> futures;
    for (int i = 0; i < 10'000; ++i) futures.push_back(ready(i));
    const promise<int> p;
    futures.push_back(p.get_future());
    const std::size_t before = support::allocations::bytes_here();
    const auto all = when_all(futures);
    const auto any = when_any(futures);
    const std::size_t for_two = 2 * 3 * futures.size() * sizeof(future<int>);
    EXPECT_LT(support::allocations::bytes_here() - before, for_two + 80'000);
    EXPECT_FALSE(all.done());
    EXPECT_EQ(any.result().index, 0u);
    p.set_result(1);
    EXPECT_TRUE(all.done());
}

TEST(when_test, without_memory_nothing_stays_with_the_parts) {
    const recycling_pause every_block_is_new;
    for (const bool choice : {false, true}) {
        std::vector<promise<int>> promises(20);
        std::vector<future<int>> futures;
        for (const auto& p : promises) futures.push_back(p.get_future());
        const std::size_t before = support::allocations::live();
        const auto make = [&] {
            if (choice) EXPECT_TRUE(when_any(futures).cancel());
            else EXPECT_TRUE(when_all(futures).cancel());
        };
        EXPECT_GT(support::allocations::sweep(make, [] {}), 2u);
        EXPECT_EQ(support::allocations::live(), before);
        for (const auto& p : promises) p.set_result(1);
    }
}

}  // namespace
