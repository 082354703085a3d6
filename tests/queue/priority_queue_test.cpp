#include "concur/queue/priority_queue.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

namespace {

using concur::priority_queue;

TEST(priority_queue_test, the_smallest_goes_first) {
    priority_queue<int> q;
    unsigned seed = 1;
    for (int i = 0; i < 2'000; ++i) {
        seed = seed * 1664525U + 1013904223U;
        q.put(static_cast<int>(seed >> 20));
        if (i % 3 == 0) q.get();
    }
    for (int last = -1; !q.empty();) {
        const int next = q.get();
        EXPECT_LE(last, next);
        last = next;
    }
}

struct by_first {
    bool operator()(const std::pair<int, int>& a, const std::pair<int, int>& b) const { return a.first < b.first; }
};

TEST(priority_queue_test, equals_go_in_the_order_in_which_they_came) {
    priority_queue<std::pair<int, int>, by_first> q;
    for (int i = 0; i < 300; ++i) q.put({i % 3, i});
    std::pair<int, int> last{-1, -1};
    for (int i = 0; i < 300; ++i) {
        const auto next = q.get();
        EXPECT_LT(last, next);
        last = next;
    }
}

TEST(priority_queue_test, the_order_may_be_given) {
    priority_queue<std::string, std::greater<>> q(3);
    for (const char* s : {"b", "c", "a"}) q.put(s);
    EXPECT_TRUE(q.full());
    EXPECT_EQ(q.get(), "c");
    const auto longer = [](const std::string& a, const std::string& b) { return a.size() > b.size(); };
    priority_queue<std::string, decltype(longer)> by_size(0, longer);
    for (const char* s : {"a", "ccc", "bb"}) by_size.put(s);
    EXPECT_EQ(by_size.get_some(3), (std::vector<std::string>{"ccc", "bb", "a"}));
}

struct incomparable : std::exception {};

TEST(priority_queue_test, where_a_comparison_throws_nothing_has_changed) {
    auto left = std::make_shared<int>(-1);
    const auto before = [left](int a, int b) {
        if (*left >= 0 && (*left)-- == 0) throw incomparable();
        return a < b;
    };
    for (int at = 0; at < 6; ++at) {
        priority_queue<int, decltype(before)> q(0, before);
        for (const int i : {4, 2, 6, 1, 3, 5, 7}) q.put(i);
        *left = at;
        try {
            q.put(0);
            EXPECT_EQ(q.get(), 0);
        } catch (const incomparable&) {
            EXPECT_EQ(q.qsize(), q.qsize() == 8 ? 8U : 7U);
        }
        *left = at;
        try {
            while (q.get() != 7) continue;
        } catch (const incomparable&) {
        }
        *left = -1;
        int last = -1;
        for (const int i : q.get_some(9)) {
            EXPECT_LT(last, i);
            last = i;
        }
    }
}

TEST(priority_queue_test, items_that_throw_when_moved_lie_still) {
    struct by_value {
        bool operator()(const support::tracked& a, const support::tracked& b) const { return a.value < b.value; }
    };
    support::tracked::reset();
    priority_queue<support::tracked, by_value> q;
    for (const int i : {3, 1, 2}) q.put(support::tracked(i));
    EXPECT_EQ(support::tracked::moves(), 3);
    support::tracked::fail_move(1);
    EXPECT_THROW(q.get(), support::move_failed);
    EXPECT_EQ(q.qsize(), 3U);
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(q.get().value, i);
}

}  // namespace
