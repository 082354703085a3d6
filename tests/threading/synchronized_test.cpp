#include "concur/threading/synchronized.hpp"

#include "concur/threading/rlock.hpp"
#include "concur/threading/shared_lock.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::rlock;
using concur::threading::shared_lock;
using concur::threading::synchronized;

TEST(synchronized_test, the_value_is_reached_through_a_guard_that_has_the_lock) {
    synchronized<std::vector<int>> v;
    v.lock()->push_back(1);
    {
        const auto held = v.lock();
        held->push_back(2);
        EXPECT_FALSE(v.try_lock());
        EXPECT_FALSE(v.try_lock_for(1ms));
    }
    const auto held = v.try_lock();
    ASSERT_TRUE(held);
    EXPECT_EQ(*held, (std::vector{1, 2}));
}

TEST(synchronized_test, a_guard_can_be_moved_and_let_go_early) {
    synchronized<int> v(1), w(2);
    auto one = v.lock();
    auto two = std::move(one);
    EXPECT_FALSE(one);
    *two = 3;
    two = w.lock();
    EXPECT_EQ(v.copy(), 3);
    two.release();
    EXPECT_FALSE(two);
    EXPECT_EQ(w.copy(), 2);
}

TEST(synchronized_test, a_function_is_called_with_the_value_and_the_lock_is_free_afterwards) {
    synchronized<std::string> s("abc");
    EXPECT_EQ(s.with([](std::string& text) { return text.append("d").size(); }), 4U);
    EXPECT_THROW(s.with([](std::string&) { throw 7; }), int);
    EXPECT_EQ(s.with(&std::string::size), 4U);
    const auto& same = s;
    EXPECT_EQ(same.with([](const std::string& text) { return text.front(); }), 'a');
    EXPECT_EQ(s.exchange("x"), "abcd");
    EXPECT_EQ(s.copy(), "x");
}

TEST(synchronized_test, with_a_shared_lock_readers_reach_it_together) {
    synchronized<int, shared_lock> v(1);
    const auto& same = v;
    const auto one = v.lock_shared();
    const auto two = same.lock();
    EXPECT_EQ(*one + *two, 2);
    EXPECT_FALSE(v.try_lock());
    EXPECT_EQ(same.copy(), 1);
}

TEST(synchronized_test, it_works_with_any_lock_and_any_value) {
    synchronized<std::unique_ptr<int>, rlock> v(std::make_unique<int>(1));
    const auto outer = v.lock();
    EXPECT_EQ(**v.lock(), 1);
    synchronized<std::pair<int, std::string>, std::mutex> pair(2, "b");
    EXPECT_EQ(pair.lock()->second, "b");
}

TEST(synchronized_test, threads_change_it_one_at_a_time) {
    synchronized<int> v(0);
    {
        const auto count = [&] {
            for (int i = 0; i < 10'000; ++i) ++*v.lock();
        };
        std::jthread one(count), two(count), three(count);
    }
    EXPECT_EQ(v.copy(), 30'000);
}

TEST(synchronized_test, a_lock_of_the_standard_with_time_outs_keeps_them) {
    synchronized<int, std::timed_mutex> v(3);
    const auto held = v.try_lock_for(2s);
    EXPECT_EQ(*held, 3);
    std::jthread([&] { EXPECT_FALSE(v.try_lock_for(1ms)); }).join();
}

}  // namespace
