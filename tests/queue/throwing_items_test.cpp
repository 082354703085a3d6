#include "queue/kinds.hpp"
#include "support/homed.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <memory>

namespace {

using namespace std::chrono_literals;
using support::copy_failed;
using support::move_failed;
using support::tracked;
using support::waiting_thread;

template <class K>
struct throwing_items_test : testing::Test {
    void SetUp() override { tracked::reset(); }
    void TearDown() override { tracked::reset(); }
};
TYPED_TEST_SUITE(throwing_items_test, support::queue_kinds);

// fact 103
TYPED_TEST(throwing_items_test, an_item_whose_move_throws_is_not_put_and_the_queue_goes_on) {
    typename TypeParam::template of<tracked> q(2);
    tracked one(1);
    tracked::fail_move(1);
    EXPECT_THROW(q.put(std::move(one)), move_failed);
    EXPECT_EQ(one.value, 1);
    EXPECT_TRUE(q.empty());
    EXPECT_TRUE(q.join(0s)) << "nothing was put";
    tracked::fail_copy(1);
    EXPECT_THROW(q.put(one), copy_failed);
    q.put(one);
    q.put(std::move(one));
    EXPECT_TRUE(q.full());
    EXPECT_EQ(q.get().value, 1);
    EXPECT_EQ(q.get().value, 1);
}

// fact 103
TYPED_TEST(throwing_items_test, an_item_whose_move_throws_is_still_there_to_be_got) {
    typename TypeParam::template of<tracked> q(1);
    q.put(tracked(1));
    tracked::fail_move(1);
    EXPECT_THROW(q.get(), move_failed);
    tracked::fail_move(1);
    EXPECT_THROW(static_cast<void>(q.try_get()), move_failed);
    EXPECT_EQ(q.qsize(), 1U);
    EXPECT_FALSE(q.try_put(tracked(2)));
    EXPECT_EQ(q.get().value, 1);
}

TYPED_TEST(throwing_items_test, one_who_waited_and_whose_move_throws_leaves_the_item_to_the_next) {
    typename TypeParam::template of<tracked> q;
    tracked one(1);
    waiting_thread first([&] { EXPECT_THROW(q.get(), move_failed); });
    EXPECT_TRUE(first.sleeps());
    waiting_thread second([&] { EXPECT_EQ(q.get().value, 1); });
    EXPECT_TRUE(second.sleeps());
    tracked::fail_move(2);
    q.put(std::move(one));
    first.join();
    second.join();
}

TYPED_TEST(throwing_items_test, one_who_waited_for_room_and_whose_move_throws_leaves_it_to_the_next) {
    typename TypeParam::template of<tracked> q(1);
    tracked zero(0), one(1), two(2);
    q.put(std::move(zero));
    waiting_thread first([&] { EXPECT_THROW(q.put(std::move(one)), move_failed); });
    EXPECT_TRUE(first.sleeps());
    waiting_thread second([&] { q.put(std::move(two)); });
    EXPECT_TRUE(second.sleeps());
    tracked::fail_move(2);
    EXPECT_EQ(q.get().value, 0);
    first.join();
    second.join();
    EXPECT_EQ(one.value, 1);
    EXPECT_EQ(q.get().value, 2);
}

TYPED_TEST(throwing_items_test, what_of_a_range_was_put_before_stays) {
    typename TypeParam::template of<tracked> q;
    const std::vector<tracked> range(5);
    tracked::reset();
    tracked::fail_copy(3);
    EXPECT_THROW(q.put_range(range), copy_failed);
    EXPECT_EQ(q.qsize(), 2U);
    EXPECT_EQ(q.get_some(9).size(), 2U);
    q.task_done();
    q.task_done();
    q.join();
}

TYPED_TEST(throwing_items_test, what_of_some_was_got_before_is_given) {
    typename TypeParam::template of<tracked> q;
    for (int i = 0; i < 4; ++i) q.put(tracked(3));
    tracked::fail_move(3);
    EXPECT_EQ(q.get_some(4).size(), 2U);
    tracked::fail_move(1);
    EXPECT_THROW(static_cast<void>(q.get_some(4)), move_failed);
    EXPECT_EQ(q.get_some(4).size(), 2U);
}

TYPED_TEST(throwing_items_test, a_loop_whose_item_throws_loses_none) {
    typename TypeParam::template of<tracked> q;
    for (int i = 0; i < 3; ++i) q.put(tracked(1));
    q.shutdown();
    int n = 0;
    tracked::fail_move(2);
    try {
        for (auto& item : q) n += item.value;
        ADD_FAILURE() << "nothing was thrown";
    } catch (const move_failed&) {
    }
    for (auto& item : q) n += item.value;
    EXPECT_EQ(n, 3);
}

support::homed get_or_fail(support::manual_home&, concur::queue<tracked>& q, int& got) {
    try {
        got = (co_await q.async_get()).value;
    } catch (const move_failed&) {
        got = -2;
    }
}

TEST(throwing_items_of_coroutines_test, the_next_gets_what_could_not_be_moved) {
    tracked::reset();
    support::manual_home home;
    concur::queue<tracked> q;
    int first = 0, second = 0;
    const support::homed a = get_or_fail(home, q, first), b = get_or_fail(home, q, second);
    tracked one(1);
    q.put(std::move(one));
    tracked::fail_move(1);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(first, -2);
    EXPECT_TRUE(home.run_one());
    EXPECT_EQ(second, 1);
    tracked::reset();
}

}  // namespace
