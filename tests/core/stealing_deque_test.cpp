#include "concur/core/stealing_deque.hpp"

#include "support/allocations.hpp"
#include "support/numbered_job.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using concur::job;
using concur::stealing_deque;
using support::number_of;

struct numbered : support::numbered_job {
    using numbered_job::numbered_job;
    std::atomic<int> times{0};
};

std::vector<std::unique_ptr<numbered>> jobs(int n) {
    std::vector<std::unique_ptr<numbered>> all;
    for (int i = 0; i < n; ++i) all.push_back(std::make_unique<numbered>(i));
    return all;
}

TEST(stealing_deque_test, is_empty_at_first) {
    stealing_deque d;
    EXPECT_EQ(d.size(), 0u);
    EXPECT_EQ(d.take(), nullptr);
    EXPECT_EQ(d.steal(), nullptr);
    EXPECT_EQ(d.newest(), nullptr);
}

TEST(stealing_deque_test, gives_the_newest_to_its_owner_and_the_oldest_to_others) {
    stealing_deque d;
    const auto all = jobs(4);
    for (const auto& j : all) d.push(*j);
    EXPECT_EQ(d.size(), 4u);
    EXPECT_EQ(number_of(d.newest()), 3);
    EXPECT_EQ(number_of(d.take()), 3);
    EXPECT_EQ(number_of(d.steal()), 0);
    EXPECT_EQ(number_of(d.take()), 2);
    EXPECT_EQ(number_of(d.steal()), 1);
    EXPECT_EQ(d.take(), nullptr);
    EXPECT_EQ(d.steal(), nullptr);
}

TEST(stealing_deque_test, can_be_used_again_after_it_was_empty) {
    stealing_deque d(2);
    const auto all = jobs(3);
    for (int round = 0; round < 5; ++round) {
        for (const auto& j : all) d.push(*j);
        EXPECT_EQ(number_of(d.steal()), 0);
        EXPECT_EQ(number_of(d.take()), 2);
        EXPECT_EQ(number_of(d.take()), 1);
        EXPECT_EQ(d.take(), nullptr);
    }
}

TEST(stealing_deque_test, grows_and_keeps_the_order) {
    stealing_deque d(2);
    const auto all = jobs(1000);
    for (const auto& j : all) d.push(*j);
    for (int i = 0; i < 500; ++i) EXPECT_EQ(number_of(d.steal()), i);
    for (int i = 999; i >= 500; --i) EXPECT_EQ(number_of(d.take()), i);
    EXPECT_EQ(d.size(), 0u);
}

TEST(stealing_deque_test, gives_away_only_branches_that_came_after_a_mark) {
    stealing_deque d;
    const auto all = jobs(4);
    d.push(*all[0], true);
    const auto mark = d.mark();
    d.push(*all[1], true);
    d.push(*all[2], false);
    d.push(*all[3], true);
    EXPECT_EQ(d.steal_branch(mark), nullptr) << "an older one stands in front";
    EXPECT_EQ(number_of(d.steal()), 0);
    EXPECT_EQ(number_of(d.steal_branch(mark)), 1);
    EXPECT_EQ(d.steal_branch(mark), nullptr) << "a job of another kind stands in front";
    EXPECT_EQ(number_of(d.steal()), 2);
    EXPECT_EQ(number_of(d.newest()), 3);
    EXPECT_EQ(number_of(d.steal_branch(mark)), 3);
    EXPECT_EQ(d.steal_branch(mark), nullptr);
}

TEST(stealing_deque_test, takes_nothing_where_there_is_no_memory_to_grow) {
    stealing_deque d(2);
    const auto all = jobs(3);
    d.push(*all[0]);
    d.push(*all[1]);
    const auto tries = support::allocations::sweep([&] { d.push(*all[2]); }, [&] { EXPECT_EQ(d.size(), 2u); });
    EXPECT_GE(tries, 1u);
    EXPECT_EQ(d.size(), 3u);
    EXPECT_EQ(number_of(d.take()), 2);
}

TEST(stealing_deque_test, gives_each_job_to_one_of_its_owner_and_many_thieves) {
    constexpr int n = 50'000;
    stealing_deque d(2);
    const auto all = jobs(n);
    std::atomic<int> left{n};
    const auto count = [&](job* j) {
        if (j == nullptr) return;
        static_cast<numbered*>(j)->times.fetch_add(1);
        left.fetch_sub(1);
    };
    std::vector<std::thread> thieves;
    for (int i = 0; i < 3; ++i)
        thieves.emplace_back([&] {
            while (left.load() > 0) count(d.steal());
        });
    for (int i = 0; i < n; ++i) {
        d.push(*all[static_cast<std::size_t>(i)]);
        if (i % 3 != 0) count(d.take());
    }
    while (left.load() > 0) count(d.take());
    for (auto& t : thieves) t.join();
    for (const auto& j : all) ASSERT_EQ(j->times.load(), 1) << j->number;
}

}  // namespace
