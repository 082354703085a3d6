#include "concur/pickle/exception.hpp"

#include "concur/pickle/exception_bytes.hpp"
#include "concur/pickle/value.hpp"
#include "concur/platform/stack_trace.hpp"
#include "pickle/sending.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace concur::pickle;
using namespace sending;

TEST(exception_test, no_exception_arrives_as_none) { EXPECT_EQ(sent(nullptr), nullptr); }

}  // namespace

namespace shop {
struct sold_out : std::runtime_error {
    using runtime_error::runtime_error;
};
struct odd {};
}  // namespace shop

namespace {

TEST(exception_test, a_type_that_is_not_known_arrives_as_a_remote_error) {
    const auto e = as<remote_error>(sent(std::make_exception_ptr(shop::sold_out("no apples"))));
    EXPECT_EQ(e.type_name(), "shop::sold_out");
    EXPECT_STREQ(e.what(), "no apples");
    EXPECT_EQ(e.remote_traceback(), "");
    EXPECT_EQ(e.nested(), nullptr);
}

TEST(exception_test, what_is_no_exception_has_a_text_too) {
    const auto e = as<remote_error>(sent(std::make_exception_ptr(shop::odd())));
    EXPECT_EQ(e.type_name(), "shop::odd");
    EXPECT_STREQ(e.what(), "what was thrown is no std::exception, and has no what()");
}

TEST(exception_test, a_remote_error_goes_on_as_it_came) {
    const remote_error first("app::odd", "no luck", "#0 f()\n", std::make_exception_ptr(std::out_of_range("inside")));
    const std::exception_ptr twice = sent(sent(std::make_exception_ptr(first)));
    const auto e = as<remote_error>(twice);
    EXPECT_EQ(e.type_name(), "app::odd");
    EXPECT_STREQ(e.what(), "no luck");
    EXPECT_EQ(e.remote_traceback(), "#0 f()\n");
    EXPECT_EQ(what_of(e.nested()), "inside");
}

TEST(exception_test, exceptions_inside_one_another_arrive_all) {
    const std::exception_ptr before = thrown_by([] {
        try {
            try {
                throw std::out_of_range("inner");
            } catch (...) {
                std::throw_with_nested(shop::sold_out("middle"));
            }
        } catch (...) {
            std::throw_with_nested(std::runtime_error("outer"));
        }
    });
    for (const std::exception_ptr& after : {sent(before), sent(sent(before))}) {
        EXPECT_STREQ(as<std::runtime_error>(after).what(), "outer");
        const std::exception_ptr middle = inside(after);
        ASSERT_NE(middle, nullptr);
        EXPECT_EQ(as<remote_error>(middle).type_name(), "shop::sold_out");
        const std::exception_ptr inner = inside(middle);
        ASSERT_NE(inner, nullptr);
        EXPECT_EQ(as<remote_error>(middle).nested(), inner);
        EXPECT_EQ(type_of(inner), typeid(std::out_of_range));
        EXPECT_EQ(what_of(inner), "inner");
        EXPECT_EQ(inside(inner), nullptr);
    }
}

TEST(exception_test, a_thrown_string_may_have_something_inside) {
    const std::exception_ptr before = thrown_by([] {
        try {
            throw 42;
        } catch (...) {
            std::throw_with_nested(std::string("outer"));
        }
    });
    const std::exception_ptr after = sent(before);
    EXPECT_EQ(as<std::string>(after), "outer");
    EXPECT_EQ(as<int>(inside(after)), 42);
}

TEST(exception_test, a_pointer_to_an_exception_may_be_part_of_a_value) {
    struct outcome {
        int number;
        std::exception_ptr error;
    };
    static_assert(picklable<outcome>);
    const outcome before{42, std::make_exception_ptr(std::out_of_range("x"))};
    sizer counts;
    counts(before);
    std::vector<std::byte> bytes(counts.size());
    writer(bytes.data(), bytes.size())(before);
    reader in(bytes.data(), bytes.size());
    const auto after = read<outcome>(in);
    in.expect_end();
    EXPECT_EQ(after.number, 42);
    EXPECT_EQ(what_of(after.error), "x");
}

TEST(exception_test, so_deep_and_no_deeper) {
    std::exception_ptr chain = std::make_exception_ptr(std::runtime_error("0"));
    for (int i = 1; i < 100; ++i)
        chain = thrown_by([&] {
            try {
                std::rethrow_exception(chain);
            } catch (...) {
                std::throw_with_nested(std::runtime_error(std::to_string(i)));
            }
        });
    int depth = 0;
    for (std::exception_ptr e = sent(chain); e != nullptr; e = inside(e)) {
        EXPECT_EQ(what_of(e), std::to_string(99 - depth));
        ++depth;
    }
    EXPECT_EQ(depth, most_nested);
}

TEST(exception_test, a_long_text_is_cut) {
    const std::string text = what_of(sent(std::make_exception_ptr(std::runtime_error(std::string(1 << 20, 'x')))));
    EXPECT_EQ(text, std::string(longest_message, 'x') + "...");
}

platform::raw_trace a_trace() {
    platform::raw_trace trace{};
    trace.count = 2;
    trace.frames[0] = {~std::uint32_t{0}, 17};
    trace.frames[1] = {~std::uint32_t{0}, 18};
    return trace;
}

TEST(exception_test, an_exception_of_a_known_type_has_its_remote_traceback) {
    const platform::raw_trace trace = a_trace();
    const std::exception_ptr e = sent(std::make_exception_ptr(std::runtime_error("no luck")), &trace);
    EXPECT_EQ(type_of(e), typeid(std::runtime_error));
    EXPECT_EQ(remote_traceback(e), platform::describe(trace));
    EXPECT_NE(remote_traceback(e), "");
    EXPECT_EQ(remote_traceback(sent(e)), remote_traceback(e));
}

TEST(exception_test, so_has_one_that_holds_another) {
    const platform::raw_trace trace = a_trace();
    const std::exception_ptr before = thrown_by([] {
        try {
            throw 42;
        } catch (...) {
            std::throw_with_nested(std::runtime_error("outer"));
        }
    });
    const std::exception_ptr after = sent(before, &trace);
    EXPECT_EQ(remote_traceback(after), platform::describe(trace));
    EXPECT_EQ(remote_traceback(inside(after)), "");
    EXPECT_EQ(as<int>(inside(after)), 42);
}

TEST(exception_test, so_have_numbers_and_texts) {
    const platform::raw_trace trace = a_trace();
    EXPECT_EQ(remote_traceback(sent(std::make_exception_ptr(1), &trace)), platform::describe(trace));
    const std::exception_ptr text = std::make_exception_ptr(static_cast<const char*>("x"));
    EXPECT_EQ(remote_traceback(sent(text, &trace)), platform::describe(trace));
}

TEST(exception_test, so_has_a_remote_error) {
    const platform::raw_trace trace = a_trace();
    const std::exception_ptr e = sent(std::make_exception_ptr(shop::odd()), &trace);
    EXPECT_EQ(as<remote_error>(e).remote_traceback(), platform::describe(trace));
    EXPECT_EQ(remote_traceback(e), platform::describe(trace));
}

TEST(exception_test, an_exception_of_this_process_has_no_remote_traceback) {
    EXPECT_EQ(remote_traceback(std::make_exception_ptr(std::runtime_error("x"))), "");
    EXPECT_EQ(remote_traceback(std::make_exception_ptr(shop::odd())), "");
    EXPECT_EQ(remote_traceback(nullptr), "");
    EXPECT_EQ(remote_traceback(sent(std::make_exception_ptr(std::runtime_error("x")))), "");
}

TEST(exception_test, bytes_that_end_early_are_refused) {
    const platform::raw_trace trace = a_trace();
    const std::string whole = pack_exception(
        std::make_exception_ptr(broken_executor("x", std::make_exception_ptr(std::out_of_range("y")))), &trace);
    for (std::size_t n = 0; n < whole.size(); ++n)
        EXPECT_THROW(unpack_exception(std::string_view(whole).substr(0, n)), pickling_error) << n;
    EXPECT_THROW(unpack_exception(whole + "x"), pickling_error);
}

TEST(exception_test, changed_bytes_make_an_exception_or_are_refused) {
    const platform::raw_trace trace = a_trace();
    const auto died = std::make_exception_ptr(worker_died({.pid = 1, .signal = 11, .last_stderr = "x"}));
    const std::string whole = pack_exception(std::make_exception_ptr(broken_executor("x", died)), &trace);
    for (std::size_t n = 0; n < whole.size(); ++n)
        for (const char change : {'\x01', '\x80', '\xff'}) {
            std::string bytes = whole;
            bytes[n] = static_cast<char>(bytes[n] ^ change);
            try {
                static_cast<void>(remote_traceback(unpack_exception(bytes)));
            } catch (const pickling_error&) {
            }
        }
}

TEST(exception_test, bytes_do_not_nest_without_end) {
    exception_out out;
    out.text("");
    for (int i = 0; i < 10'000; ++i) {
        out.number(1);
        for (const char* text : {"int", "", "", "", ""}) out.text(text);
    }
    EXPECT_THROW(unpack_exception(out.bytes()), pickling_error);
}

TEST(exception_test, a_type_whose_fields_are_wrong_arrives_as_a_remote_error) {
    exception_out out;
    out.text("");
    out.number(1);
    for (const char* text : {"int", "", "a text", "", "abc"}) out.text(text);
    out.number(0);
    const auto e = as<remote_error>(unpack_exception(out.bytes()));
    EXPECT_EQ(e.type_name(), "int");
    EXPECT_STREQ(e.what(), "a text");
}

TEST(exception_test, threads_pack_one_exception_at_once) {
    const std::exception_ptr e = std::make_exception_ptr(std::out_of_range("x"));
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n) EXPECT_EQ(what_of(sent(e)), "x");
        });
}

}  // namespace
