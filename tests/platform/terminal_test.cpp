#include "concur/platform/terminal.hpp"

#include "support/terminal.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

namespace platform = concur::platform;

TEST(terminal_test, a_terminal_is_one_and_a_pipe_and_a_file_and_nothing_are_not) {
    const support::terminal there;
    EXPECT_TRUE(platform::is_terminal(there.stream()));
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const platform::fd from(ends[0]), to(ends[1]), null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    EXPECT_FALSE(platform::is_terminal(to.get()));
    EXPECT_FALSE(platform::is_terminal(null.get()));
    EXPECT_FALSE(platform::is_terminal(-1));
}

TEST(terminal_test, one_that_calls_itself_dumb_is_none_to_draw_on) {
    const support::terminal there;
    ::setenv("TERM", "dumb", 1);
    EXPECT_FALSE(platform::is_terminal(there.stream()));
    ::unsetenv("TERM");
    EXPECT_TRUE(platform::is_terminal(there.stream()));
}

TEST(terminal_test, its_columns_are_those_of_the_moment) {
    support::terminal there(101);
    EXPECT_EQ(platform::terminal_columns(there.stream()), 101);
    there.resize(33);
    EXPECT_EQ(platform::terminal_columns(there.stream()), 33);
    there.resize(0);
    EXPECT_EQ(platform::terminal_columns(there.stream()), 80);
    EXPECT_EQ(platform::terminal_columns(-1), 80);
}

bool utf8_with(const char* all, const char* type, const char* language) {
    ::setenv("LC_ALL", all, 1);
    ::setenv("LC_CTYPE", type, 1);
    ::setenv("LANG", language, 1);
    return platform::terminal_shows_utf8();
}

TEST(terminal_test, the_environment_says_whether_text_is_utf8) {
    EXPECT_TRUE(utf8_with("", "", "en_GB.UTF-8"));
    EXPECT_TRUE(utf8_with("", "de_DE.utf8@euro", ""));
    EXPECT_TRUE(utf8_with("C.UTF-8", "C", "C"));
    EXPECT_FALSE(utf8_with("C", "en_GB.UTF-8", "en_GB.UTF-8"));
    EXPECT_FALSE(utf8_with("", "", "en_GB.ISO-8859-1"));
    EXPECT_FALSE(utf8_with("", "", "."));
    EXPECT_FALSE(utf8_with("", "", ""));
}

TEST(terminal_test, what_is_drawn_arrives) {
    support::terminal there;
    EXPECT_TRUE(platform::draw_on_terminal(there.stream(), "\ra line\x1b[K"));
    EXPECT_EQ(there.read(), "\ra line\x1b[K");
}

TEST(terminal_test, one_that_takes_nothing_is_not_waited_for) {
    support::terminal there;
    there.stop();
    EXPECT_TRUE(platform::draw_on_terminal(there.stream(), "a line"));
    EXPECT_EQ(there.read(), "");
}

TEST(terminal_test, one_that_is_gone_is_told_and_errno_stays) {
    support::terminal there;
    there.close();
    errno = 7;
    EXPECT_FALSE(platform::draw_on_terminal(there.stream(), "a line"));
    EXPECT_EQ(errno, 7);
}

}  // namespace
