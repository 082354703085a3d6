#include "concur/platform/process.hpp"

#include "support/child.hpp"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

using namespace concur::platform;

int handlers_run = 0;

TEST(process_test, the_generation_grows_by_one_in_each_child_of_a_fork) {
    const auto mine = static_cast<int>(fork_generation());
    const auto child = support::child::run([mine] {
        const int here = static_cast<int>(fork_generation()) - mine;
        const auto grandchild = support::child::run([mine] { return static_cast<int>(fork_generation()) - mine; });
        return here * 10 + grandchild.exit_code.value_or(9);
    });
    EXPECT_EQ(child.exit_code, 12);
    EXPECT_EQ(static_cast<int>(fork_generation()), mine);
}

TEST(process_test, the_child_of_a_fork_has_run_the_handlers_when_it_begins) {
    const auto child = support::child::run([] {
        handlers_run = 0;
        if (!in_fork_child([] { ++handlers_run; })) return 90;
        const auto grandchild = support::child::run([] { return handlers_run; });
        return grandchild.exit_code.value_or(91) * 10 + handlers_run;
    });
    EXPECT_EQ(child.exit_code, 10);
}

TEST(process_test, there_is_room_for_a_few_handlers_and_the_next_is_refused) {
    const auto child = support::child::run([] {
        int taken = 0;
        while (taken < 100 && in_fork_child([] {})) ++taken;
        return taken;
    });
    ASSERT_TRUE(child.exit_code.has_value());
    EXPECT_GE(*child.exit_code, 4);
    EXPECT_LE(*child.exit_code, 16);
}

TEST(process_test, at_exit_functions_run_in_the_reverse_order_of_their_registration) {
    const auto child = support::child::run([]() -> int {
        at_exit([] {
            std::fputs("first", stdout);
            std::fflush(stdout);
            ::_exit(0);  // what the test's parent has registered is not the child's to run
        });
        at_exit([] { std::fputs("second ", stdout); });
        std::exit(0);
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_EQ(child.out, "second first");
}

}  // namespace
