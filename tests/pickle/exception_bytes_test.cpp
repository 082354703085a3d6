#include "concur/pickle/exception_bytes.hpp"

#include "concur/core/process_error.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur;
using namespace concur::pickle;

TEST(exception_bytes_test, what_is_written_is_read_in_the_same_order) {
    exception_out out;
    out.number(42);
    out.text("two");
    out.message("three");
    out.exception(nullptr);
    exception_in in(out.bytes(), true);
    EXPECT_TRUE(in.trusts_code());
    EXPECT_EQ(in.number(), 42U);
    EXPECT_EQ(in.text(), "two");
    EXPECT_EQ(in.message(), "three");
    EXPECT_EQ(in.exception(), nullptr);
    EXPECT_TRUE(in.at_end());
    EXPECT_FALSE(exception_in("", false).trusts_code());
}

TEST(exception_bytes_test, a_message_is_cut_where_it_is_too_long_and_a_text_is_not) {
    const std::string lots(2 * longest_text, 'x');
    exception_out out;
    out.message(lots);
    out.text(lots);
    exception_in in(out.bytes(), false);
    EXPECT_EQ(in.message(), std::string(longest_message, 'x') + "...");
    EXPECT_EQ(in.text(), lots);
}

TEST(exception_bytes_test, what_is_not_there_is_not_read) {
    exception_out out;
    out.number(1000);
    EXPECT_THROW(exception_in(out.bytes(), false).text(), pickling_error);
    EXPECT_THROW(exception_in(out.bytes(), false).message(), pickling_error);
    EXPECT_THROW(exception_in("1234567", false).number(), pickling_error);
    exception_out huge;
    huge.number(~std::uint64_t{0});
    EXPECT_THROW(exception_in(huge.bytes(), false).text(), pickling_error);
}

TEST(exception_bytes_test, a_message_that_nobody_would_have_written_is_refused) {
    exception_out out;
    out.text(std::string(longest_text + 1, 'x'));
    EXPECT_THROW(exception_in(out.bytes(), false).message(), pickling_error);
}

}  // namespace
