// Ranges that are put, some that are got at a time, and loops over a queue.
#include "queue/kinds.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <chrono>
#include <iterator>
#include <list>
#include <memory>
#include <ranges>
#include <span>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::queue_shut_down;
using support::number;
using support::waiting_thread;

template <class K>
struct queue_ranges_test : testing::Test {};
TYPED_TEST_SUITE(queue_ranges_test, support::queue_kinds);

TYPED_TEST(queue_ranges_test, a_range_is_put_and_some_are_got) {
    typename TypeParam::template of<number> q;
    const std::vector<int> same(5, 3);
    EXPECT_EQ(q.put_range(same), 5U);
    EXPECT_EQ(q.put_range(std::list<number>{3, 3}), 2U);
    EXPECT_EQ(q.put_range(std::views::iota(3, 4)), 1U);
    EXPECT_EQ(q.put_range(std::vector<number>{}), 0U);
    EXPECT_EQ(q.get_some(3).size(), 3U);
    EXPECT_EQ(q.get_some(0).size(), 0U);
    EXPECT_EQ(q.get_some(100, 1h), (std::vector<number>(5, 3)));
    EXPECT_EQ(q.get_some(100, 1ms).size(), 0U);
    EXPECT_EQ(q.get_some(100, -1s).size(), 0U);
    for (int i = 0; i < 8; ++i) q.task_done();
    q.join();
}

TYPED_TEST(queue_ranges_test, a_container_that_is_given_away_gives_its_items_away) {
    typename TypeParam::template of<support::move_only> q;
    std::vector<support::move_only> some;
    for (int i = 0; i < 3; ++i) some.emplace_back(i);
    EXPECT_EQ(q.put_range(std::move(some)), 3U);
    EXPECT_EQ(q.qsize(), 3U);
    support::tracked::reset();
    typename TypeParam::template of<support::tracked> r;
    std::vector<support::tracked> kept(2);
    r.put_range(std::span(kept));
    r.put_range(kept);
    EXPECT_EQ(support::tracked::copies(), 4);
    EXPECT_EQ(kept[1].value, 0);
}

TYPED_TEST(queue_ranges_test, as_much_of_a_range_is_put_as_there_is_room_for_in_time) {
    typename TypeParam::template of<number> q(3);
    EXPECT_EQ(q.put_range(std::vector<number>(5, 1), 1ms), 3U);
    EXPECT_EQ(q.put_range(std::list<number>(5, 1), 0s), 0U);
    waiting_thread t([&] { EXPECT_EQ(q.put_range(std::vector<number>(200, 1)), 200U); });
    std::size_t n = 0;
    while (n < 203) n += q.get_some(7).size();
    t.join();
    EXPECT_TRUE(q.empty());
    waiting_thread cut([&] { EXPECT_EQ(q.put_range(std::vector<number>(5, 1)), 3U); });
    EXPECT_TRUE(cut.sleeps());
    q.shutdown();
    cut.join();
    EXPECT_THROW(q.put_range(std::vector<number>(5, 1)), queue_shut_down);
    EXPECT_EQ(q.get_some(9).size(), 3U);
    EXPECT_THROW(static_cast<void>(q.get_some(9)), queue_shut_down);
}

TYPED_TEST(queue_ranges_test, a_loop_gets_all_until_it_is_shut_down) {
    typename TypeParam::template of<number> q;
    std::atomic<int> sum{0};
    {
        const auto add = [&] {
            for (auto& item : q) {
                sum += item.value;
                item.value = 0;
            }
        };
        waiting_thread one(add), two(add);
        for (int i = 1; i <= 100; ++i) q.put(i);
        q.shutdown();
    }
    EXPECT_EQ(sum, 5050);
    for (auto& item : q) ADD_FAILURE() << item.value;
    static_assert(std::ranges::input_range<decltype(q)>);
}

TEST(queue_ranges_test, what_there_is_no_room_for_stays_in_the_list_that_was_given_away) {
    concur::queue<std::unique_ptr<int>> q(1);
    std::list<std::unique_ptr<int>> some;
    for (int i = 0; i < 3; ++i) some.push_back(std::make_unique<int>(i));
    EXPECT_EQ(q.put_range(std::move(some), std::chrono::seconds{0}), 1U);
    EXPECT_EQ(some.front(), nullptr);
    EXPECT_EQ(**std::next(some.begin()), 1);
    q.shutdown();
    EXPECT_THROW(q.put_range(std::move(some)), concur::queue_shut_down);
    EXPECT_EQ(*some.back(), 2);
}

// Each item asks for what was put before it.
TEST(queue_ranges_test, an_item_is_there_before_the_next_one_is_come_by) {
    concur::queue<int> q;
    const auto sees_those_before = std::views::transform([&](int i) { return static_cast<int>(q.qsize()) * 10 + i; });
    EXPECT_EQ(q.put_range(std::views::iota(0, 3) | sees_those_before), 3U);
    for (const int wanted : {0, 11, 22}) EXPECT_EQ(q.get(), wanted);
}

}  // namespace
