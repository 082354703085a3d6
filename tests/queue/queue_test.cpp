#include "concur/queue/queue.hpp"

#include "concur/core/error.hpp"
#include "queue/kinds.hpp"
#include "support/allocations.hpp"
#include "support/sanitized.hpp"
#include "support/waiting_thread.hpp"

#include <array>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;
using concur::queue;
using support::waiting_thread;

TEST(queue_test, the_first_that_came_is_the_first_to_go) {
    queue<int> q;
    for (int i = 0; i < 1'000; ++i) q.put(i);
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(q.get(), i);
    q.put_range(std::array{1, 2, 3});
    EXPECT_EQ(q.get_some(2), (std::vector{1, 2}));
}

TEST(queue_test, items_of_each_producer_come_in_his_order) {
    constexpr int each = 20'000;
    queue<std::pair<int, int>> q(10);
    std::vector<std::jthread> producers;
    for (int p = 0; p < 3; ++p)
        producers.emplace_back([&q, p] {
            for (int i = 0; i < each; ++i) q.put({p, i});
        });
    std::array<int, 3> next{};
    for (int n = 0; n < 3 * each; ++n) {
        const auto [p, i] = q.get();
        ASSERT_EQ(i, next[static_cast<std::size_t>(p)]++);
    }
}

TEST(queue_test, who_waits_for_room_has_it_in_the_order_in_which_they_came) {
    queue<int> q(1);
    q.put(0);
    std::vector<std::unique_ptr<waiting_thread>> threads;
    for (int i = 1; i <= 4; ++i) {
        threads.push_back(std::make_unique<waiting_thread>([&q, i] { q.put(i); }));
        EXPECT_TRUE(threads.back()->sleeps());
    }
    EXPECT_FALSE(q.try_put(9)) << "nobody passes those who wait";
    for (int i = 0; i <= 4; ++i) EXPECT_EQ(q.get(), i);
    for (auto& t : threads) t->join();
}

TEST(queue_test, one_that_gives_up_keeps_no_place) {
    queue<int> q(1);
    q.put(0);
    std::stop_source stop;
    waiting_thread first([&] { EXPECT_FALSE(q.try_put(1, 1h, stop.get_token())); });
    EXPECT_TRUE(first.sleeps());
    waiting_thread second([&] { q.put(2); });
    EXPECT_TRUE(second.sleeps());
    stop.request_stop();
    first.join();
    EXPECT_EQ(q.get(), 0);
    second.join();
    EXPECT_EQ(q.get(), 2);
}

template <class T>
std::size_t allocations_once_warm() {
    queue<T> q(100);
    const auto fill_and_empty = [&q] {
        for (int i = 0; i < 100; ++i) q.put(T{});
        for (int i = 0; i < 100; ++i) q.get();
    };
    for (int i = 0; i < 20; ++i) fill_and_empty();
    const std::size_t before = support::allocations::count_here();
    for (int i = 0; i < 20; ++i) fill_and_empty();
    return support::allocations::count_here() - before;
}

TEST(queue_test, it_allocates_nothing_for_an_item_once_it_is_warm) {
    if (support::is_sanitized()) GTEST_SKIP() << "there each block is new";
    EXPECT_EQ(allocations_once_warm<int>(), 0U);
    EXPECT_EQ(allocations_once_warm<std::string>(), 0U);
    const std::size_t of_large_ones = allocations_once_warm<std::array<char, 1000>>();
    EXPECT_LE(of_large_ones, 20U * (100 / 8 + 1));
    queue<std::array<char, 1000>> q;
    for (int i = 0; i < 100; ++i) {
        q.put({});
        q.get();
    }
    const std::size_t before = support::allocations::count_here();
    for (int i = 0; i < 100; ++i) {
        q.put({});
        q.get();
    }
    EXPECT_EQ(support::allocations::count_here(), before);
}

TEST(queue_test, an_item_may_need_to_lie_on_an_edge) {
    struct alignas(128) wide {
        int value = 0;
    };
    queue<wide> q;
    for (int i = 0; i < 20; ++i) q.put(wide{i});
    for (int i = 0; i < 20; ++i) {
        const wide w = q.get();
        EXPECT_EQ(w.value, i);
    }
}

TEST(queue_test, where_memory_is_out_nothing_has_changed) {
    support::allocations::sweep(
        [] {
            queue<std::array<char, 2000>> q(20);
            std::size_t put = 0;
            try {
                for (; put < 20; ++put) q.put({});
            } catch (...) {
                EXPECT_EQ(q.qsize(), put);
                EXPECT_EQ(q.get_some(30, 0s).size(), put);
                throw;
            }
        },
        [] {});
}

}  // namespace
