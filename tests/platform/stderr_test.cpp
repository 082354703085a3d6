#include "concur/platform/stderr.hpp"

#include "support/child.hpp"

#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

using concur::platform::write_stderr;

TEST(stderr_test, it_writes_the_line_and_nothing_else) {
    const auto child = support::child::run([] {
        write_stderr("one line\n");
        write_stderr("");
        return 0;
    });
    EXPECT_EQ(child.err, "one line\n");
    EXPECT_EQ(child.out, "");
}

TEST(stderr_test, a_line_longer_than_the_system_takes_at_once_comes_whole) {
    const std::string line(300'000, 'x');
    const auto child = support::child::run([&line] {
        write_stderr(line);
        return 0;
    });
    EXPECT_EQ(child.err, line);
}

TEST(stderr_test, it_returns_where_there_is_no_standard_error) {
    const auto child = support::child::run([] {
        ::close(STDERR_FILENO);
        write_stderr("nobody reads this\n");
        return 7;
    });
    EXPECT_EQ(child.exit_code, 7);
    EXPECT_EQ(child.err, "");
}

}  // namespace
