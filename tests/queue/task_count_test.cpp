#include "concur/queue/task_count.hpp"

#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using concur::task_count;
using support::waiting_thread;

TEST(task_count_test, all_are_done_when_as_many_are_done_as_were_begun) {
    concur::atomic<std::uint64_t> begun{0};
    task_count count(begun);
    EXPECT_TRUE(count.all_done());
    EXPECT_THROW(count.done(), std::logic_error);
    begun = 2;
    EXPECT_FALSE(count.all_done());
    count.done();
    EXPECT_FALSE(count.join(1ms, {}));
    waiting_thread t([&] { EXPECT_TRUE(count.join(1h, {})); });
    EXPECT_TRUE(t.sleeps());
    count.done();
    t.join();
    EXPECT_TRUE(count.all_done());
    EXPECT_THROW(count.done(), std::logic_error);
}

TEST(task_count_test, no_more_are_dropped_than_there_are) {
    concur::atomic<std::uint64_t> begun{5};
    task_count count(begun);
    concur::taken_waiters told;
    count.drop(2, told);
    EXPECT_FALSE(count.all_done());
    waiting_thread t([&] { EXPECT_TRUE(count.join(concur::none, {})); });
    EXPECT_TRUE(t.sleeps());
    count.drop(9, told);
    told.run_all();
    t.join();
    EXPECT_TRUE(count.all_done());
}

TEST(task_count_test, a_wait_for_it_is_ended_by_a_stop) {
    concur::atomic<std::uint64_t> begun{1};
    task_count count(begun);
    std::stop_source stop;
    waiting_thread t([&] { EXPECT_FALSE(count.join(concur::none, stop.get_token())); });
    EXPECT_TRUE(t.sleeps());
    stop.request_stop();
    t.join();
    EXPECT_TRUE(concur::line_at(&count).empty());
    count.done();
}

TEST(task_count_test, who_has_joined_may_destroy_it) {
    for (int round = 0; round < 200; ++round) {
        concur::atomic<std::uint64_t> begun{1};
        auto count = std::make_unique<task_count>(begun);
        std::jthread t([c = count.get()] { c->done(); });
        EXPECT_TRUE(count->join(concur::none, {}));
        count.reset();
    }
}

}  // namespace
