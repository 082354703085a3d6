// What simple_queue does with the items themselves: their types, what they throw, and what they do when they are moved.
#include "concur/queue/simple_queue.hpp"

#include "concur/platform/memory.hpp"
#include "support/allocations.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;
using concur::simple_queue;
using support::tracked;
using support::waiting_thread;

template <class T, class Make>
void put_and_get_many(Make make) {
    simple_queue<T> q;
    for (int i = 0; i < 120; ++i) q.put(make(i));
    for (int i = 0; i < 120; ++i) EXPECT_TRUE(q.get() == make(i));
    for (int i = 0; i < 70; ++i) q.put(make(i));  // and leaves them there
}

struct pointed_to {
    explicit pointed_to(int n) : at(std::make_unique<int>(n)) {}
    bool operator==(const pointed_to& other) const { return *at == *other.at; }
    std::unique_ptr<int> at;
};
struct alignas(64) aligned {
    bool operator==(const aligned&) const = default;
    int n;
};

TEST(simple_queue_items_test, they_may_be_of_any_type_that_can_be_moved) {
    put_and_get_many<char>([](int i) { return static_cast<char>(i); });
    put_and_get_many<std::int64_t>([](int i) { return std::int64_t{i} << 40; });
    put_and_get_many<std::array<int, 10>>([](int i) { return std::array<int, 10>{i, 1, 2, 3, 4, 5, 6, 7, 8, i}; });
    put_and_get_many<std::array<int, 300>>([](int i) { return std::array<int, 300>{i}; });
    put_and_get_many<aligned>([](int i) { return aligned{i}; });
    put_and_get_many<std::string>([](int i) { return std::to_string(i) + " of more than fits into the string"; });
    put_and_get_many<pointed_to>([](int i) { return pointed_to(i); });
}

TEST(simple_queue_items_test, an_item_that_may_only_be_moved_is_never_copied) {
    simple_queue<std::unique_ptr<int>> q;
    q.put(std::make_unique<int>(1));
    auto two = std::make_unique<int>(2);
    q.put_nowait(std::move(two));
    EXPECT_EQ(*q.get(), 1);
    EXPECT_EQ(**q.try_get(), 2);
}

TEST(simple_queue_items_test, the_queue_keeps_nothing_of_an_item_that_was_handed_out) {
    tracked::reset();
    const int before = tracked::live();
    {
        simple_queue<tracked> q;
        for (int i = 0; i < 50; ++i) q.put(tracked(i));
        EXPECT_EQ(tracked::live(), before + 50);
        for (int i = 0; i < 20; ++i) EXPECT_EQ(q.get().value, i);
        EXPECT_EQ(tracked::live(), before + 30);
    }
    EXPECT_EQ(tracked::live(), before);
    EXPECT_EQ(tracked::copies(), 0);
}

TEST(simple_queue_items_test, one_whose_move_throws_in_get_stays_the_first) {
    tracked::reset();
    simple_queue<tracked> q;
    for (int i = 1; i <= 3; ++i) q.put(tracked(i));
    tracked::fail_move(1);
    EXPECT_THROW(static_cast<void>(q.get()), support::move_failed);
    EXPECT_EQ(q.qsize(), 3U);
    tracked::fail_move(1);
    EXPECT_THROW(static_cast<void>(q.try_get()), support::move_failed);
    EXPECT_EQ(q.get().value, 1);
    EXPECT_EQ(q.get().value, 2);
    tracked::fail_move(1);
    EXPECT_THROW(static_cast<void>(q.get(1s)), support::move_failed);
    EXPECT_FALSE(q.empty());
    q.put(tracked(4));
    EXPECT_EQ(q.get().value, 3);
    EXPECT_EQ(q.get().value, 4);
    EXPECT_TRUE(q.empty());
}

// Where its move fails it first says so, and then waits until it may.
struct stubborn {
    explicit stubborn(std::atomic<int>& s) : step(s) {}
    stubborn(stubborn&& other) : step(other.step) {
        if (step != 1) return;
        step = 2;
        while (step != 3) std::this_thread::yield();
        throw support::move_failed();
    }
    std::atomic<int>& step;
};

TEST(simple_queue_items_test, one_whose_move_throws_in_get_goes_to_who_waits_meanwhile) {
    std::atomic<int> step{0};
    simple_queue<stubborn> q;
    q.put(stubborn(step));
    step = 1;
    std::jthread first([&] { EXPECT_THROW(static_cast<void>(q.get()), support::move_failed); });
    EXPECT_TRUE(support::until([&] { return step == 2; }));
    waiting_thread second([&] { static_cast<void>(q.get()); });
    EXPECT_TRUE(second.sleeps());
    step = 3;
    second.join();
    EXPECT_TRUE(q.empty());
}

TEST(simple_queue_items_test, what_putting_one_throws_leaves_the_queue_as_it_was) {
    tracked::reset();
    simple_queue<tracked> q;
    const tracked mine(1);
    tracked::fail_copy(1);
    EXPECT_THROW(q.put(mine), support::copy_failed);
    tracked::fail_move(1);
    EXPECT_THROW(q.put(tracked(2)), support::move_failed);
    EXPECT_TRUE(q.empty());
    q.put(mine);
    EXPECT_EQ(q.get().value, 1);
}

TEST(simple_queue_items_test, where_memory_is_out_nothing_was_put_and_the_item_is_as_before) {
    const concur::recycling_pause counted;
    using support::allocations::sweep;
    simple_queue<std::unique_ptr<int>> boxed;
    simple_queue<int> plain;
    std::size_t there = 0;
    for (int i = 0; i < 100; ++i) {
        auto item = std::make_unique<int>(i);
        sweep([&] { boxed.put(std::move(item)); }, [&] { EXPECT_TRUE(item != nullptr && boxed.qsize() == there); });
        sweep([&] { plain.put(i); }, [&] { EXPECT_EQ(plain.qsize(), there); });
        ++there;
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(*boxed.get(), i);
        EXPECT_EQ(plain.get(), i);
    }
}

TEST(simple_queue_items_test, nothing_is_allocated_once_as_many_have_been_there) {
    if (!concur::platform::may_keep_memory()) GTEST_SKIP() << "a tool looks for uses after free here: nothing is kept";
    simple_queue<int> plain;
    simple_queue<std::unique_ptr<int>> boxed;
    const auto pass = [&] {
        for (int i = 0; i < 100; ++i) plain.put(i);
        for (int i = 0; i < 100; ++i) boxed.put(nullptr);
        for (int i = 0; i < 100; ++i) EXPECT_EQ(plain.get(), i);
        for (int i = 0; i < 100; ++i) EXPECT_EQ(boxed.get(), nullptr);
    };
    for (int i = 0; i < 5; ++i) pass();
    const std::size_t before = support::allocations::count_here();
    for (int i = 0; i < 20; ++i) pass();
    EXPECT_EQ(support::allocations::count_here(), before);
}

// Puts what is left of it into a queue whenever it is moved, and when it goes.
struct putting_item {
    putting_item(simple_queue<putting_item>& q, int n) : into(&q), left(n) {}
    putting_item(putting_item&& other) : into(other.into), left(other.left) {
        if (other.left > 0) into->put(putting_item(*into, std::exchange(other.left, 0) - 1));
    }
    ~putting_item() {
        if (left > 100) into->put(putting_item(*into, 0));
    }
    simple_queue<putting_item>* into;
    int left;
};

TEST(simple_queue_items_test, an_item_may_put_while_it_is_moved_and_when_it_goes) {
    simple_queue<putting_item> q;
    q.put(putting_item(q, 3));
    int n = 0;
    while (q.try_get()) ++n;
    EXPECT_GE(n, 4);
    {
        const putting_item last(q, 101);
    }
    EXPECT_EQ(q.get().left, 0);
    EXPECT_TRUE(q.empty());
}

}  // namespace
