#include "concur/futures/arrival_line.hpp"

#include "concur/core/recycled.hpp"
#include "concur/futures/core_list.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;

// What comes next, as a handle; an empty one when the time is over.
future<int> next_of(arrival_line& line, deadline until = deadline::never()) {
    return future<int>(static_cast<future_state<int>*>(line.next(until)));
}

TEST(arrival_line_test, what_was_done_before_comes_first_and_then_what_becomes_it) {
    const promise<int> a, b;
    const auto c = support::ready(3);
    arrival_line line;
    for (const auto& f : {a.get_future(), b.get_future(), c}) line.add(f.core());
    EXPECT_EQ(line.left(), 3u);
    b.set_result(2);
    EXPECT_EQ(next_of(line), c);
    EXPECT_EQ(next_of(line), b.get_future());
    EXPECT_EQ(line.left(), 1u);
    EXPECT_FALSE(next_of(line, deadline::past()).valid());
    a.get_future().cancel();
    EXPECT_EQ(next_of(line), a.get_future());
    EXPECT_EQ(line.left(), 0u);
}

TEST(arrival_line_test, it_owns_what_it_has_not_given_and_gives_it_back_at_its_end) {
    const int before = support::tracked::live();
    promise<support::tracked> pending;
    {
        arrival_line line;
        auto done = support::ready(support::tracked(1));
        line.add(done.core());
        line.add(pending.get_future().core());
        done = {};
        EXPECT_EQ(support::tracked::live(), before + 1);
    }
    EXPECT_EQ(support::tracked::live(), before);
    pending.set_result(support::tracked(2));
    EXPECT_EQ(support::tracked::live(), before + 1);
    pending = {};
    EXPECT_EQ(support::tracked::live(), before);
}

TEST(arrival_line_test, one_that_leaves_while_futures_finish_harms_nobody) {
    const int before = support::tracked::live();
    for (int round = 0; round < 500; ++round) {
        std::vector<promise<support::tracked>> promises(4);
        support::gate begin;
        std::thread setter([&] {
            begin.wait();
            for (const auto& p : promises) p.set_result(support::tracked(1));
        });
        {
            arrival_line line;
            for (const auto& p : promises) line.add(p.get_future().core());
            begin.open();
            for (int i = 0; i < round % 4; ++i) line.next(deadline::never())->release();
        }
        setter.join();
    }
    EXPECT_EQ(support::tracked::live(), before);
}

TEST(arrival_line_test, the_rest_can_be_cancelled_and_then_comes) {
    const promise<int> a, b;
    arrival_line line;
    line.add(a.get_future().core());
    line.add(b.get_future().core());
    a.set_result(1);
    line.cancel_rest();
    EXPECT_TRUE(b.get_future().cancelled());
    EXPECT_EQ(next_of(line).result(), 1);
    EXPECT_TRUE(next_of(line).cancelled());
}

TEST(arrival_line_test, many_take_few_allocations_and_one_that_is_done_takes_none) {
    const std::vector<promise<int>> promises(10'000);
    core_list pending, done;
    for (const auto& p : promises) {
        pending.push(share_of(p.get_future()));
        done.push(share_of(support::ready(1)));
    }
    const std::size_t before = support::allocations::count_here();
    arrival_line for_done(std::move(done));
    EXPECT_LE(support::allocations::count_here() - before, 2u);
    arrival_line for_pending(std::move(pending));
    EXPECT_LE(support::allocations::count_here() - before, 30u);
    EXPECT_EQ(for_pending.left(), promises.size());
}

TEST(arrival_line_test, a_few_at_a_time_take_no_more_memory_for_many_in_all) {
    const recycling_pause every_block_is_new;
    const auto pass = [](arrival_line& line) {
        const promise<int> a, b;
        line.add(a.get_future().core());
        line.add(b.get_future().core());
        b.set_result(2);
        EXPECT_EQ(next_of(line).result(), 2);
        a.set_result(1);
        EXPECT_EQ(next_of(line).result(), 1);
    };
    arrival_line line;
    pass(line);
    const std::size_t before = support::allocations::live();
    for (int i = 0; i < 10'000; ++i) pass(line);
    EXPECT_EQ(support::allocations::live(), before);
    EXPECT_EQ(line.left(), 0u);
}

TEST(arrival_line_test, without_memory_it_owns_what_it_has_taken_and_no_more) {
    const recycling_pause every_block_is_new;
    const int before = support::tracked::live();
    support::allocations::sweep(
        [] {
            std::vector<promise<support::tracked>> promises(20);
            core_list all;
            for (const auto& p : promises) all.push(share_of(p.get_future()));
            arrival_line line(std::move(all));
            for (const auto& p : promises) line.add(p.get_future().core());
            for (const auto& p : promises) p.set_result(support::tracked(1));
            EXPECT_EQ(line.left(), 40u);
        },
        [] {});
    EXPECT_EQ(support::tracked::live(), before);
}

}  // namespace
