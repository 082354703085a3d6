#include "concur/threading/notice_line.hpp"

#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using concur::deadline;
using concur::turn;
using concur::threading::lock_to_leave;
using concur::threading::notice_line;

struct counted final : lock_to_leave {
    void leave() noexcept override { ++left; }
    int left = 0;
};

TEST(notice_line_test, who_waits_leaves_the_lock_once_and_does_not_take_it_again) {
    notice_line line;
    counted held;
    EXPECT_EQ(line.wait(held, deadline(1ms), {}), turn::too_late);
    EXPECT_EQ(held.left, 1);
    EXPECT_TRUE(line.empty());
}

TEST(notice_line_test, who_is_to_stop_already_does_not_leave_the_lock) {
    notice_line line;
    counted held;
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(line.wait(held, deadline::never(), stop.get_token()), turn::stopped);
    EXPECT_EQ(held.left, 0);
}

TEST(notice_line_test, a_notice_is_given_to_who_stands_there_and_to_nobody_later) {
    notice_line line;
    line.notify(1);
    support::waiting_thread sleeper([&] {
        counted held;
        EXPECT_EQ(line.wait(held, deadline::never(), {}), turn::given);
    });
    EXPECT_TRUE(sleeper.sleeps());
    line.notify(1);
    sleeper.join();
    EXPECT_TRUE(line.empty());
}

}  // namespace
