#include "concur/platform/signal_name.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace {

using concur::platform::signal_hint;
using concur::platform::signal_name;

TEST(signal_name_test, a_signal_is_named_as_in_the_manual) {
    EXPECT_STREQ(signal_name(SIGKILL), "SIGKILL");
    EXPECT_STREQ(signal_name(SIGSEGV), "SIGSEGV");
    EXPECT_STREQ(signal_name(SIGSYS), "SIGSYS");
}

TEST(signal_name_test, every_ordinary_signal_has_a_name) {
    for (int s = 1; s < 32; ++s) EXPECT_NE(signal_name(s), nullptr) << s;
}

TEST(signal_name_test, what_is_no_signal_has_no_name) {
    for (int s : {-1, 0, 63, 1000}) {
        EXPECT_EQ(signal_name(s), nullptr);
        EXPECT_STREQ(signal_hint(s), "");
    }
}

TEST(signal_name_test, only_a_signal_with_a_usual_cause_hints_at_it) {
    EXPECT_STREQ(signal_hint(SIGKILL), "out of memory?");
    EXPECT_STREQ(signal_hint(SIGXCPU), "its limit of processor time");
    EXPECT_STREQ(signal_hint(SIGSYS), "something that the sandbox forbids");
    EXPECT_STREQ(signal_hint(SIGSEGV), "");
}

}  // namespace
