#include "concur/futures/then_remote.hpp"

#include "concur/core/recycled.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/executor.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/loopback.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using namespace concur;
using support::ending;
using support::loopback;
using support::ready;
using support::what_of;

int twice(int n) { return 2 * n; }
int sign_of(const future<int>& f) { return f.cancelled() ? 0 : f.exception() != nullptr ? -1 : 1; }

struct then_remote_test : testing::Test {
    loopback pool;
    executor& e = pool;
};

TEST_F(then_remote_test, sends_the_value_and_what_follows_it) {
    const promise<int> first;
    const auto f = first.get_future().then(e, twice);
    EXPECT_TRUE(pool.host.empty()) << "there is nothing to send yet";
    first.set_result(21);
    EXPECT_FALSE(f.done());
    EXPECT_EQ(pool.run_all(), 1);
    EXPECT_EQ(f.result(), 42);
}

TEST_F(then_remote_test, follows_a_future_that_is_done) {
    const auto f = ready(4).then(e, twice);
    const auto nothing = ready().then(e, [] { return 7; });
    const auto chain = f.then(e, twice).then(e, [](int n) { return std::to_string(n); });
    while (pool.run_all() != 0) continue;
    EXPECT_EQ(f.result(), 8);
    EXPECT_EQ(nothing.result(), 7);
    EXPECT_EQ(chain.result(), "16");
}

TEST_F(then_remote_test, moves_what_only_moves) {
    auto f =
        ready(std::make_unique<int>(5)).then(e, [](std::unique_ptr<int> p) { return std::make_unique<int>(*p + 1); });
    pool.run_all();
    EXPECT_EQ(*std::move(f).result(), 6);
}

TEST_F(then_remote_test, lets_an_error_or_a_cancellation_pass_by_where_the_value_is_wanted) {
    EXPECT_EQ(ending(support::failed<int>("broken").then(e, twice)), "broken");
    EXPECT_EQ(ending(support::cancelled<int>().then(e, twice)), "cancelled");
    EXPECT_TRUE(pool.host.empty());
}

TEST_F(then_remote_test, hands_the_future_over_where_the_function_takes_that) {
    const auto well = ready(1).then(e, sign_of);
    const auto failed = support::failed<int>("broken").then(e, sign_of);
    const auto cancelled = support::cancelled<int>().then(e, sign_of);
    pool.run_all();
    EXPECT_EQ(well.result(), 1);
    EXPECT_EQ(failed.result(), -1);
    EXPECT_EQ(cancelled.result(), 0);
}

TEST_F(then_remote_test, has_what_the_function_throws) {
    const auto f = ready(1).then(e, [](int) { throw std::out_of_range("far"); });
    pool.run_all();
    EXPECT_THROW(f.result(), std::out_of_range);
}

TEST_F(then_remote_test, can_be_cancelled_before_it_is_sent) {
    const promise<int> first;
    const auto f = first.get_future().then(e, twice);
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.cancel()) << "as often as one likes";
    first.set_result(1);
    EXPECT_TRUE(pool.host.empty());
    EXPECT_EQ(pool.host.shares(), 0);
}

TEST_F(then_remote_test, can_be_cancelled_until_it_begins_elsewhere) {
    const auto waits = ready(1).then(e, twice);
    EXPECT_FALSE(waits.running());
    EXPECT_TRUE(waits.cancel());
    EXPECT_TRUE(pool.host.empty());
    const auto runs = ready(1).then(e, twice);
    remote_task& t = pool.host.send();
    EXPECT_TRUE(runs.running());
    EXPECT_FALSE(runs.cancel());
    pool.host.answer(t);
    EXPECT_EQ(runs.result(), 2);
}

TEST_F(then_remote_test, is_cancelled_with_what_it_has_sent) {
    const auto f = ready(1).then(e, twice);
    pool.refuse_all(nullptr);
    EXPECT_EQ(ending(f), "cancelled");
}

TEST_F(then_remote_test, has_the_executors_error_where_that_takes_no_more) {
    pool.shutdown();
    EXPECT_THROW(ready(1).then(e, twice).result(), executor_shutdown);
}

TEST_F(then_remote_test, fails_at_once_where_it_cannot_travel) {
    int outside = 1;
    const promise<int> first;
    const auto closure = first.get_future().then(e, [&outside](int n) { return n + outside; });
    EXPECT_NE(what_of(closure.exception()).find("lambda"), std::string::npos) << what_of(closure.exception());
    const auto returns = first.get_future().then(e, [](int n) { return ready(n); });
    EXPECT_NE(what_of(returns.exception()).find("future<int>"), std::string::npos) << what_of(returns.exception());
    first.set_result(1);
}

TEST_F(then_remote_test, runs_here_on_an_executor_that_runs_here) {
    int outside = 1;
    thread_pool_executor threads(1);
    executor& near = threads;
    EXPECT_EQ(ready(2).then(near, [&outside](int n) { return n + outside; }).result(), 3);
    EXPECT_EQ(ready(2).then(threads, [&outside](int n) { return ready(n + outside); }).result(), 3);
}

TEST_F(then_remote_test, leaves_nothing_behind) {
    const recycling_pause every_block_is_new;
    const auto once = [this] {
        const auto f = ready(std::string(1000, 'x')).then(e, [](const std::string& s) { return s.size(); });
        pool.run_all();
        EXPECT_EQ(f.result(), 1000u);
    };
    once();
    const std::size_t before = support::allocations::live();
    once();
    EXPECT_EQ(support::allocations::live(), before);
    EXPECT_EQ(pool.host.shares(), 0);
    EXPECT_EQ(pool.host.leased(), 0u);
}

}  // namespace
