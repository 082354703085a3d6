// (crash_report_test has the rest of this header.)
#include "concur/platform/stack_trace.hpp"

#include "support/child.hpp"

#include <cstring>
#include <exception>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace shop {

struct order {
    int number = 0;
};
struct cleanup {
    ~cleanup() { asm volatile("" : : : "memory"); }
};

[[gnu::noinline]] void take(concur::platform::raw_trace& into, int skip) {
    capture(into, skip);
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void refuse(const order* o) {
    if (o->number == 0) throw std::runtime_error("no number");
    if (o->number == 1) throw 42;
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void check(const order* o) {
    const cleanup c;
    refuse(o);
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void check_again(const order* o) {
    try {
        check(o);
    } catch (const std::exception&) {
        throw;
    }
}
[[gnu::noinline]] void check_later(const order* o) {
    std::exception_ptr error;
    try {
        check(o);
    } catch (...) {
        error = std::current_exception();
    }
    std::rethrow_exception(error);
}
[[gnu::noinline]] void check_kindly(const order* o) {
    try {
        check(o);
    } catch (...) {
        asm volatile("" : : : "memory");
    }
}

}  // namespace shop

namespace {

using namespace concur::platform;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The stack with which an exception left fn(order).
std::string trace_of(void (*fn)(const shop::order*), shop::order o = {}) {
    struct errand {
        void (*fn)(const shop::order*);
        shop::order* o;
    } to_do{fn, &o};
    raw_trace trace;
    const auto carry_out = [](void* given) {
        const auto& e = *static_cast<errand*>(given);
        e.fn(e.o);
        asm volatile("" : : : "memory");
    };
    try {
        call_and_trace(carry_out, &to_do, trace);
    } catch (...) {
        return describe(trace);
    }
    EXPECT_EQ(trace.count, 0u);
    return "nothing was thrown";
}

TEST(stack_trace_test, a_stack_is_a_line_for_each_frame_innermost_first) {
    raw_trace trace;
    shop::take(trace, 0);
    EXPECT_THAT(describe(trace),
                AllOf(StartsWith("#0 shop::take(concur::platform::raw_trace&, int) at platform_test+0x"),
                      HasSubstr("\n#1 (anonymous namespace)::stack_trace_test_a_stack_is_"), HasSubstr(" main at ")));
}

TEST(stack_trace_test, frames_may_be_left_out) {
    raw_trace trace;
    shop::take(trace, 1);
    EXPECT_THAT(describe(trace), StartsWith("#0 (anonymous namespace)::stack_trace_test_frames_may_be_left_out_"));
    shop::take(trace, 1000);
    EXPECT_EQ(describe(trace), "");
}

[[gnu::noinline]] void take_at_depth(raw_trace& trace, int depth) {
    if (depth == 0) capture(trace);
    else take_at_depth(trace, depth - 1);
    asm volatile("" : : : "memory");
}

TEST(stack_trace_test, of_a_deep_stack_the_innermost_frames_are_kept) {
    raw_trace trace;
    take_at_depth(trace, 200);
    EXPECT_EQ(trace.count, raw_trace::most);
    EXPECT_THAT(describe(trace), HasSubstr("#47 (anonymous namespace)::take_at_depth("));
}

TEST(stack_trace_test, an_exception_shows_where_it_was_thrown) {
    EXPECT_THAT(trace_of(&shop::check), AllOf(StartsWith("#0 shop::refuse(shop::order const*) at platform_test+0x"),
                                              HasSubstr("\n#1 shop::check(shop::order const*) at platform_test+0x")));
}

TEST(stack_trace_test, the_trace_ends_where_the_traced_function_was_called) {
    EXPECT_THAT(trace_of(&shop::check), AllOf(Not(HasSubstr("call_and_trace")), Not(HasSubstr(" main "))));
}

TEST(stack_trace_test, what_is_thrown_need_not_be_a_class) {
    EXPECT_THAT(trace_of(&shop::check, {1}), StartsWith("#0 shop::refuse("));
}

TEST(stack_trace_test, an_exception_that_is_thrown_again_shows_where_it_was_last) {
    EXPECT_THAT(trace_of(&shop::check_again), StartsWith("#0 shop::check_again("));
    EXPECT_THAT(trace_of(&shop::check_later), StartsWith("#0 shop::check_later("));
}

TEST(stack_trace_test, what_is_caught_inside_leaves_no_trace) {
    EXPECT_EQ(trace_of(&shop::check_kindly), "nothing was thrown");
    EXPECT_EQ(trace_of(&shop::check, {2}), "nothing was thrown");
}

TEST(stack_trace_test, of_two_exceptions_the_one_that_leaves_is_shown) {
    EXPECT_THAT(trace_of([](const shop::order* o) {
                    shop::check_kindly(o);
                    shop::check_again(o);
                }),
                StartsWith("#0 shop::check_again("));
}

TEST(stack_trace_test, traced_calls_may_be_nested) {
    const auto inner = [](const shop::order* o) {
        const std::string first = trace_of(&shop::check_again);  // caught between the two
        EXPECT_THAT(first, StartsWith("#0 shop::check_again("));
        shop::check(o);
    };
    EXPECT_THAT(trace_of(inner), AllOf(StartsWith("#0 shop::refuse("), HasSubstr("\n#1 shop::check(")));
    const auto both = [](const shop::order* o) {
        raw_trace trace;
        call_and_trace([](void* given) { shop::check(static_cast<const shop::order*>(given)); },
                       const_cast<shop::order*>(o), trace);
    };
    EXPECT_THAT(trace_of(both), AllOf(StartsWith("#0 shop::refuse("), HasSubstr("\n#1 shop::check(")));
}

TEST(stack_trace_test, the_exception_itself_goes_on_as_it_is) {
    raw_trace trace;
    shop::order o;
    try {
        call_and_trace([](void* given) { shop::check(static_cast<const shop::order*>(given)); }, &o, trace);
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "no number");
    }
    EXPECT_EQ(std::uncaught_exceptions(), 0);
}

TEST(stack_trace_test, threads_trace_beside_each_other) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([] {
            for (int k = 0; k < 3; ++k) EXPECT_THAT(trace_of(&shop::check), StartsWith("#0 shop::refuse("));
        });
    for (auto& t : threads) t.join();
}

TEST(stack_trace_test, frames_without_code_or_without_room_for_their_image_are_addresses) {
    raw_trace trace;
    code_range range;
    range.base = 0x1000;
    range.path = "/usr/lib/libstrange.so";
    add_frame(trace, 0x10, nullptr);
    for (unsigned i = 0; i < raw_trace::most_images + 1; ++i) {
        range.image.bytes[0] = static_cast<std::byte>(i + 1);
        add_frame(trace, 0x1040 + i, &range);
    }
    EXPECT_THAT(describe(trace),
                AllOf(StartsWith("#0 ? at 0x10\n#1 ? at libstrange.so+0x40\n"), HasSubstr("\n#9 ? at 0x1048\n")));
}

TEST(stack_trace_test, the_end_of_a_long_path_is_kept) {
    raw_trace trace;
    const std::string path = "/" + std::string(500, 'x') + "/end.so";
    code_range range;
    range.image.bytes[0] = std::byte{1};
    range.path = path.c_str();
    add_frame(trace, 0x40, &range);
    EXPECT_EQ(describe(trace), "#0 ? at end.so+0x40\n");
}

// A trace as a process may write it that was taken over.
raw_trace any_bytes(unsigned seed) {
    std::mt19937 random(seed);
    raw_trace trace;
    auto* const bytes = reinterpret_cast<unsigned char*>(&trace);
    for (std::size_t i = 0; i < sizeof trace; ++i) bytes[i] = static_cast<unsigned char>(random());
    return trace;
}

TEST(stack_trace_test, a_trace_of_any_bytes_is_described_somehow) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        raw_trace trace = any_bytes(seed);
        if (seed % 2 == 0) trace.count = 10;
        if (seed % 3 == 0)
            for (auto& frame : trace.frames) frame.image %= raw_trace::most_images;
        if (seed % 5 == 0) trace.images[0] = program_id();
        const std::string text = describe(trace);
        EXPECT_LE(text.size(), raw_trace::most * 600);
        for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
    }
}

TEST(stack_trace_test, no_file_is_opened_because_a_trace_names_it) {
    char path[] = "/tmp/concur_trace_XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    const std::string fifo = std::string(path) + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);  // to open it would be to wait
    raw_trace trace;
    code_range range;
    range.image.bytes[0] = std::byte{1};
    range.path = fifo.c_str();
    add_frame(trace, 0x40, &range);
    EXPECT_EQ(describe(trace), "#0 ? at fifo+0x40\n");
    ::unlink(fifo.c_str());
    ::rmdir(path);
}

}  // namespace
