#include "concur/core/process_error.hpp"
#include "pickle/sending.hpp"

#include <any>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <ios>
#include <optional>
#include <regex>
#include <variant>

namespace {

using namespace concur;
using namespace sending;

template <class E>
void expect_the_same(const E& error) {
    const std::exception_ptr before = std::make_exception_ptr(error);
    const std::exception_ptr after = sent(before);
    EXPECT_EQ(type_of(after), typeid(E));
    EXPECT_EQ(what_of(after), error.what()) << typeid(E).name();
}

TEST(exception_known_test, the_standard_exceptions_arrive_as_themselves) {
    expect_the_same(std::runtime_error("one"));
    expect_the_same(std::logic_error("two"));
    expect_the_same(std::invalid_argument("three"));
    expect_the_same(std::domain_error("four"));
    expect_the_same(std::length_error("five"));
    expect_the_same(std::out_of_range("six"));
    expect_the_same(std::range_error("seven"));
    expect_the_same(std::overflow_error("eight"));
    expect_the_same(std::underflow_error("nine"));
}

TEST(exception_known_test, so_do_those_without_a_text_of_their_own) {
    expect_the_same(std::exception());
    expect_the_same(std::bad_alloc());
    expect_the_same(std::bad_array_new_length());
    expect_the_same(std::bad_cast());
    expect_the_same(std::bad_typeid());
    expect_the_same(std::bad_exception());
    expect_the_same(std::bad_any_cast());
    expect_the_same(std::bad_function_call());
    expect_the_same(std::bad_optional_access());
    expect_the_same(std::bad_variant_access());
    expect_the_same(std::bad_weak_ptr());
}

TEST(exception_known_test, an_error_code_arrives_with_its_category) {
    expect_the_same(std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), "open"));
    expect_the_same(std::system_error(7, std::system_category()));
    const std::exception_ptr e = sent(std::make_exception_ptr(std::system_error(7, std::system_category(), "x")));
    EXPECT_EQ(as<std::system_error>(e).code(), std::error_code(7, std::system_category()));
    expect_the_same(std::ios_base::failure("read", std::make_error_code(std::io_errc::stream)));
    const std::future_error broken(std::future_errc::broken_promise);
    expect_the_same(broken);
    EXPECT_EQ(as<std::future_error>(sent(std::make_exception_ptr(broken))).code(), broken.code());
}

TEST(exception_known_test, a_code_of_a_category_of_the_program_is_told_by_its_text) {
    struct shop_category final : std::error_category {
        const char* name() const noexcept override { return "shop"; }
        std::string message(int) const override { return "sold out"; }
    };
    static const shop_category shop;
    const auto e = as<remote_error>(sent(std::make_exception_ptr(std::system_error(1, shop))));
    EXPECT_EQ(e.type_name(), "std::system_error");
    EXPECT_STREQ(e.what(), "sold out");
}

TEST(exception_known_test, a_failure_of_a_stream_arrives_as_the_public_type) {
    const std::exception_ptr before = thrown_by([] {
        std::ifstream file;
        file.exceptions(std::ios::failbit);
        file.open("/there/is/no/such/file");
    });
    const std::exception_ptr after = sent(before);
    EXPECT_EQ(type_of(after), typeid(std::ios_base::failure));
    EXPECT_EQ(what_of(after), what_of(before));
}

TEST(exception_known_test, a_failure_of_the_file_system_knows_its_paths) {
    namespace fs = std::filesystem;
    const auto code = std::make_error_code(std::errc::permission_denied);
    expect_the_same(fs::filesystem_error("cannot", code));
    expect_the_same(fs::filesystem_error("cannot open", "/a", code));
    expect_the_same(fs::filesystem_error("cannot copy", "/a", "/b c", code));
    const auto e =
        as<fs::filesystem_error>(sent(std::make_exception_ptr(fs::filesystem_error("cannot copy", "/a", "/b", code))));
    EXPECT_EQ(e.path1(), "/a");
    EXPECT_EQ(e.path2(), "/b");
    EXPECT_EQ(e.code(), code);
}

TEST(exception_known_test, an_error_of_a_regular_expression_keeps_its_code) {
    const std::regex_error before(std::regex_constants::error_paren);
    expect_the_same(before);
    EXPECT_EQ(as<std::regex_error>(sent(std::make_exception_ptr(before))).code(), before.code());
}

TEST(exception_known_test, the_errors_of_the_library_arrive_as_themselves) {
    expect_the_same(error("one"));
    expect_the_same(cancelled_error());
    expect_the_same(timeout_error("two"));
    expect_the_same(invalid_state_error("three"));
    expect_the_same(executor_shutdown("four"));
    expect_the_same(broken_executor("five"));
    expect_the_same(broken_thread_pool("six"));
    expect_the_same(broken_process_pool("seven"));
    expect_the_same(queue_empty("eight"));
    expect_the_same(queue_full("nine"));
    expect_the_same(queue_shut_down("ten"));
    expect_the_same(pickling_error("eleven"));
}

TEST(exception_known_test, a_broken_pool_arrives_with_its_cause) {
    const broken_thread_pool broken("broken", std::make_exception_ptr(std::out_of_range("inside")));
    const auto e = as<broken_thread_pool>(sent(std::make_exception_ptr(broken)));
    EXPECT_EQ(what_of(e.cause()), "inside");
    EXPECT_EQ(type_of(e.cause()), typeid(std::out_of_range));
}

TEST(exception_known_test, the_death_of_a_worker_arrives_with_its_report) {
    const worker_died died({.pid = 4711,
                            .signal = 11,
                            .cause = "a cause",
                            .task_name = "decode",
                            .fault_address = 0x10,
                            .stack = "#0 f()\n",
                            .peak_memory = 12 << 20,
                            .last_stderr = "bad picture\n"});
    expect_the_same(died);
    const auto e = as<worker_died>(sent(std::make_exception_ptr(died)));
    EXPECT_EQ(e.pid(), 4711);
    EXPECT_EQ(e.signal(), 11);
    EXPECT_EQ(e.exit_code(), std::nullopt);
    EXPECT_EQ(e.fault_address(), 0x10U);
    EXPECT_EQ(e.task_name(), "decode");
    EXPECT_EQ(e.last_stderr(), "bad picture\n");
    expect_the_same(worker_died({.pid = 1, .exit_code = 3, .in_task = false}));
}

TEST(exception_known_test, what_is_no_class_arrives_too_where_it_is_usual) {
    EXPECT_EQ(as<int>(sent(std::make_exception_ptr(-42))), -42);
    EXPECT_EQ(as<long>(sent(std::make_exception_ptr(42L))), 42L);
    EXPECT_EQ(as<std::string>(sent(std::make_exception_ptr(std::string("no luck")))), "no luck");
    const std::exception_ptr text = sent(std::make_exception_ptr(static_cast<const char*>("no luck")));
    try {
        std::rethrow_exception(text);
    } catch (const char* arrived) {
        EXPECT_STREQ(arrived, "no luck");
    }
    const std::exception_ptr null = sent(std::make_exception_ptr(static_cast<const char*>(nullptr)));
    EXPECT_EQ(type_of(null), typeid(remote_error));
}

}  // namespace
