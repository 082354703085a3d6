#include "concur/threading/round_line.hpp"

#include "concur/core/error.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using concur::deadline;
using concur::turn;
using concur::threading::round_line;

TEST(round_line_test, the_last_who_comes_has_its_turn_at_once_and_the_others_when_it_comes_out) {
    round_line line(2);
    support::waiting_thread first([&] {
        round_line::arrival a;
        EXPECT_EQ(line.wait(a, deadline::never(), {}), turn::given);
        EXPECT_EQ(line.come_out(turn::given, a, {}), 0U);
    });
    EXPECT_TRUE(first.sleeps());
    round_line::arrival b;
    EXPECT_EQ(line.wait(b, deadline::never(), {}), turn::given);
    EXPECT_EQ(line.waiting(), 2U);
    EXPECT_EQ(line.come_out(turn::given, b, {}), 1U);
    first.join();
    EXPECT_EQ(line.waiting(), 0U);
}

TEST(round_line_test, one_that_comes_too_late_or_to_a_broken_one_is_told_so) {
    round_line line(2);
    round_line::arrival a, b;
    EXPECT_EQ(line.wait(a, deadline(1ms), {}), turn::too_late);
    EXPECT_THROW((void)line.come_out(turn::too_late, a, {}), concur::broken_barrier_error);
    EXPECT_TRUE(line.broken());
    EXPECT_EQ(line.wait(b, deadline::never(), {}), turn::refused);
    EXPECT_THROW((void)line.come_out(turn::refused, b, {}), concur::broken_barrier_error);
}

}  // namespace
