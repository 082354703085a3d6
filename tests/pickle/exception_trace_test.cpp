#include "concur/pickle/exception_trace.hpp"

#include "concur/core/process_error.hpp"
#include "concur/platform/stack_trace.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur::pickle;
using concur::platform::raw_trace;

TEST(exception_trace_test, a_trace_reads_the_same_after_its_way) {
    raw_trace trace{};
    concur::platform::capture(trace);
    ASSERT_GT(trace.count, 1U);
    EXPECT_EQ(describe_trace(trace_to_bytes(trace)), concur::platform::describe(trace));
}

TEST(exception_trace_test, it_takes_no_more_bytes_than_its_frames_need) {
    raw_trace trace{};
    trace.count = 3;
    EXPECT_LE(trace_to_bytes(trace).size(), 100U);
}

TEST(exception_trace_test, a_trace_that_lies_about_its_length_is_cut) {
    raw_trace trace{};
    trace.count = 1'000'000;
    trace.image_count = 1'000'000;
    EXPECT_LE(trace_to_bytes(trace).size(), 4 * sizeof trace);
}

TEST(exception_trace_test, bytes_that_are_no_trace_are_refused) {
    raw_trace trace{};
    trace.count = 3;
    trace.image_count = 1;
    const std::string whole = trace_to_bytes(trace);
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_THROW(describe_trace(std::string_view(whole).substr(0, n)), concur::pickling_error) << n;
}

}  // namespace
