#include "concur/core/printable.hpp"

#include <gtest/gtest.h>

namespace {

using concur::printable;

TEST(printable_test, text_stays_as_it_is) {
    EXPECT_EQ(printable("", 10), "");
    EXPECT_EQ(printable("two\n\tlines ~", 100), "two\n\tlines ~");
    EXPECT_EQ(printable("gr\u00fc\u00df, \u20ac, \U0001f600", 100), "gr\u00fc\u00df, \u20ac, \U0001f600");
}

TEST(printable_test, control_characters_are_escaped) {
    EXPECT_EQ(printable("\x1b[31mred", 100), "\\x1b[31mred");
    EXPECT_EQ(printable(std::string_view("a\0b\x7f\r", 5), 100), "a\\x00b\\x7f\\x0d");
    EXPECT_EQ(printable("\u009b31m", 100), "\\xc2\\x9b31m");  // the same as ESC [ for some terminals
}

TEST(printable_test, broken_sequences_are_escaped) {
    EXPECT_EQ(printable("\xff\xc3", 100), "\\xff\\xc3");
    EXPECT_EQ(printable("\xe2\x82", 100), "\\xe2\\x82");
    EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80", 100), "\\xc0\\x80\\xed\\xa0\\x80");  // too long, and a surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80", 100), "\\xf4\\x90\\x80\\x80");
}

TEST(printable_test, no_more_is_read_than_asked_for) {
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcdef", 3), "abc...");
    EXPECT_EQ(printable("\u20ac\u20ac", 4), "\u20ac\\xe2...");
}

TEST(printable_test, a_name_stays_within_its_line) {
    EXPECT_EQ(concur::printable_name("two\n\tlines\r", 100), "two\\x0a\\x09lines\\x0d");
    EXPECT_EQ(concur::printable_name("\u20ac uro\n", 100), "\u20ac uro\\x0a");
    EXPECT_EQ(concur::printable_name("a\nb", 2), "a\\x0a...");
}

}  // namespace
