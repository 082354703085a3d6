#include "concur/multiprocessing/stop_watcher.hpp"

#include "concur/multiprocessing/channel.hpp"
#include "support/gate.hpp"
#include "support/injected.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace concur::multiprocessing;

// The watcher's thread ends with the process, so nothing that it looks at is ever freed.
struct worker_part {
    channel_layout shared;
    stop_watcher watcher{shared};

    static worker_part& fresh() {
        static auto& all = *new std::vector<worker_part*>;
        return *all.emplace_back(new worker_part);
    }
};

struct stop_watcher_test : testing::Test {
    worker_part& part = worker_part::fresh();
    parent_end parent{part.shared};
    stop_watcher& watcher = part.watcher;

    // Whether that comes to pass; it may be another thread that does it.
    static bool is_stopped(const std::stop_token& token) {
        support::gate stopped;
        const std::stop_callback told(token, [&] { stopped.open(); });
        return stopped.wait_for(support::long_enough);
    }
};

TEST_F(stop_watcher_test, stops_a_task_that_runs) {
    const std::stop_token token = watcher.begin(0);
    EXPECT_TRUE(token.stop_possible());
    EXPECT_FALSE(token.stop_requested());
    parent.ask_to_stop(0);
    EXPECT_TRUE(is_stopped(token));
    watcher.end();
}

TEST_F(stop_watcher_test, stops_a_task_before_it_begins) {
    parent.ask_to_stop(0);
    EXPECT_TRUE(watcher.begin(0).stop_requested());
    watcher.end();
}

TEST_F(stop_watcher_test, stops_a_task_that_was_to_stop_when_it_was_sent) {
    const std::uint32_t first = parent.send(true);
    const std::uint32_t second = parent.send();
    EXPECT_TRUE(watcher.begin(first).stop_requested()) << "there is no moment in which it is not";
    watcher.end();
    EXPECT_FALSE(watcher.begin(second).stop_requested());
    watcher.end();
}

TEST_F(stop_watcher_test, stops_both_of_two_whatever_the_order) {
    parent.ask_to_stop(1);
    parent.ask_to_stop(0);
    EXPECT_TRUE(is_stopped(watcher.begin(0)));
    watcher.end();
    EXPECT_TRUE(is_stopped(watcher.begin(1)));
    watcher.end();
}

TEST_F(stop_watcher_test, stops_nobody_else) {
    const std::stop_token first = watcher.begin(0);
    watcher.end();
    const std::stop_token second = watcher.begin(1);
    parent.ask_to_stop(0);
    parent.ask_to_stop(2);
    watcher.end();
    const std::stop_token third = watcher.begin(2);
    EXPECT_TRUE(is_stopped(third));
    EXPECT_FALSE(first.stop_requested());
    EXPECT_FALSE(second.stop_requested());
    watcher.end();
}

TEST_F(stop_watcher_test, runs_callbacks_of_the_task_on_its_own_thread) {
    const std::stop_token token = watcher.begin(0);
    support::gate stopped;
    std::thread::id on;
    const std::stop_callback told(token, [&] {
        on = std::this_thread::get_id();
        stopped.open();
    });
    parent.ask_to_stop(0);
    EXPECT_TRUE(stopped.wait_for(support::long_enough));
    EXPECT_NE(on, std::this_thread::get_id());
    watcher.end();
}

TEST_F(stop_watcher_test, needs_no_thread_before_the_first_task_that_can_be_stopped) {
    const support::injected counted(concur::platform::system_call::thread);
    watcher.end();
    EXPECT_EQ(support::injected::seen(), 0);
    watcher.begin(0);
    watcher.end();
    watcher.begin(1);
    watcher.end();
    EXPECT_EQ(support::injected::seen(), 1);
}

TEST_F(stop_watcher_test, tries_again_where_there_was_no_thread_to_be_had) {
    {
        const support::injected failure(concur::platform::system_call::thread, EAGAIN);
        EXPECT_THROW(watcher.begin(0), std::system_error);
        watcher.end();
    }
    const std::stop_token token = watcher.begin(1);
    parent.ask_to_stop(1);
    EXPECT_TRUE(is_stopped(token));
    watcher.end();
}

}  // namespace
