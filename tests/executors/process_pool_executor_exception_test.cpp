// What a task throws in its worker, and what comes out of its future here.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/pickle/register_exception.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"

#include <csignal>
#include <exception>
#include <filesystem>
#include <future>
#include <gtest/gtest.h>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <unistd.h>
#include <variant>
#include <vector>

using concur::process_pool_executor;
using concur::remote_error;
using concur::worker_died;
using support::ended_with;
using support::long_enough;

namespace app {

struct unknown_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Registered: it arrives as itself.
struct parse_error : std::runtime_error {
    parse_error() : parse_error("", 0) {}
    parse_error(const std::string& what, int at) : std::runtime_error(what), line(at) {}
    explicit parse_error(const std::string& what) : parse_error(what, 0) {}
    int line;
};
template <class Archive>
void concur_serialize(Archive& ar, parse_error& e) {
    ar(e.line);
}

// Its copies throw, and there is no way around one.
struct stubborn : std::exception {
    stubborn() = default;
    stubborn(const stubborn& other) : std::exception(other) { throw std::logic_error("a copy that throws"); }
    const char* what() const noexcept override { return "stubborn"; }
};

struct silent : std::exception {
    const char* what() const noexcept override { return nullptr; }
};

struct bomb {
    bomb() = default;
    bomb(const bomb&) = default;
    ~bomb() noexcept(false) { throw 1; }
};

struct no_exception_at_all {
    int code;
};

}  // namespace app

namespace {

[[gnu::noinline]] int deep_in_the_task(int n) {
    if (n == 0) throw app::unknown_error("from below");
    return deep_in_the_task(n - 1) + 1;
}

void throw_nested(int depth) {
    if (depth == 0) throw app::unknown_error("the cause");
    try {
        throw_nested(depth - 1);
    } catch (...) {
        std::throw_with_nested(std::runtime_error("level " + std::to_string(depth)));
    }
}

std::vector<std::string> chain_of(const std::exception& e) {
    std::vector<std::string> texts{e.what()};
    try {
        std::rethrow_if_nested(e);
    } catch (const std::exception& inner) {
        for (auto& text : chain_of(inner)) texts.push_back(std::move(text));
    }
    return texts;
}

// The exception that the task fails with here is an E exactly, and says `what`.
template <class E, class F>
void expect_as_itself(process_pool_executor& pool, const std::string& what, F fn) {
    const auto error = pool.submit(fn).exception(long_enough);
    ASSERT_NE(error, nullptr);
    try {
        std::rethrow_exception(error);
    } catch (const E& e) {
        EXPECT_EQ(typeid(e), typeid(E)) << typeid(e).name();
        EXPECT_EQ(std::string(e.what()), what);
    } catch (const std::exception& e) {
        ADD_FAILURE() << typeid(e).name() << ": " << e.what();
    }
}

}  // namespace

TEST(process_pool_executor_test, exceptions_of_the_standard_library_arrive_as_themselves) {
    process_pool_executor pool{1};
    expect_as_itself<std::runtime_error>(pool, "plain", [] { throw std::runtime_error("plain"); });
    expect_as_itself<std::logic_error>(pool, "logic", [] { throw std::logic_error("logic"); });
    expect_as_itself<std::out_of_range>(pool, "far", [] { throw std::out_of_range("far"); });
    expect_as_itself<std::invalid_argument>(pool, "bad", [] { throw std::invalid_argument("bad"); });
    expect_as_itself<std::domain_error>(pool, "d", [] { throw std::domain_error("d"); });
    expect_as_itself<std::length_error>(pool, "", [] { throw std::length_error(""); });
    expect_as_itself<std::range_error>(pool, "r", [] { throw std::range_error("r"); });
    expect_as_itself<std::overflow_error>(pool, "o", [] { throw std::overflow_error("o"); });
    expect_as_itself<std::bad_alloc>(pool, std::bad_alloc().what(), [] { throw std::bad_alloc(); });
    expect_as_itself<std::bad_array_new_length>(pool, std::bad_array_new_length().what(),
                                                [] { throw std::bad_array_new_length(); });
    expect_as_itself<std::bad_cast>(pool, std::bad_cast().what(), [] { throw std::bad_cast(); });
    expect_as_itself<std::bad_variant_access>(pool, std::bad_variant_access().what(),
                                              [] { throw std::bad_variant_access(); });
}

TEST(process_pool_executor_test, what_an_exception_of_the_standard_has_beside_its_text_arrives_too) {
    process_pool_executor pool{1};
    const auto system = ended_with<std::system_error>(
        pool.submit([] { throw std::system_error(EACCES, std::generic_category(), "the door"); }));
    EXPECT_EQ(system.code(), std::errc::permission_denied);
    EXPECT_EQ(std::string(system.what()), std::system_error(EACCES, std::generic_category(), "the door").what());
    const auto file = ended_with<std::filesystem::filesystem_error>(pool.submit([] {
        throw std::filesystem::filesystem_error("copy", "/from", "/to", std::make_error_code(std::errc::file_exists));
    }));
    EXPECT_EQ(file.path1(), "/from");
    EXPECT_EQ(file.path2(), "/to");
    EXPECT_EQ(file.code(), std::errc::file_exists);
    const auto future =
        ended_with<std::future_error>(pool.submit([] { throw std::future_error(std::future_errc::broken_promise); }));
    EXPECT_EQ(future.code(), std::future_errc::broken_promise);
}

TEST(process_pool_executor_test, the_librarys_own_exceptions_are_a_tasks_errors_like_any_other) {
    process_pool_executor pool{1};
    auto f = pool.submit([] { throw concur::cancelled_error(); });
    EXPECT_THROW(f.result(long_enough), concur::cancelled_error);
    EXPECT_FALSE(f.cancelled()) << "it ran";
    expect_as_itself<concur::timeout_error>(pool, "mine", [] { throw concur::timeout_error("mine"); });
    expect_as_itself<concur::pickling_error>(pool, "bytes", [] { throw concur::pickling_error("bytes"); });
    expect_as_itself<concur::executor_shutdown>(pool, "closed", [] { throw concur::executor_shutdown("closed"); });
}

TEST(process_pool_executor_test, a_registered_type_arrives_as_itself_with_its_fields) {
    concur::pickle::register_exception<app::parse_error>();
    process_pool_executor pool{1};
    const auto fail = [] { throw app::parse_error("a comma is missing", 12); };
    const auto e = ended_with<app::parse_error>(pool.submit(fail));
    EXPECT_STREQ(e.what(), "a comma is missing");
    EXPECT_EQ(e.line, 12);
}

TEST(process_pool_executor_test, an_unknown_type_arrives_as_remote_error_with_its_name_and_text) {
    process_pool_executor pool{1};
    const auto e = ended_with<remote_error>(pool.submit([] { throw app::unknown_error("what it said"); }));
    EXPECT_EQ(e.type_name(), "app::unknown_error");
    EXPECT_STREQ(e.what(), "what it said");
    EXPECT_EQ(e.nested(), nullptr);
}

// fact 60
TEST(process_pool_executor_test, whatever_a_task_throws_comes_out_of_its_future_and_the_worker_lives_on) {
    process_pool_executor pool{1};
    const int pid = pool.submit([] { return ::getpid(); }).result(long_enough);
    EXPECT_EQ(ended_with<int>(pool.submit([]() -> int { throw 7; })), 7);
    EXPECT_EQ(ended_with<std::string>(pool.submit([] { throw std::string("a string"); })), "a string");
    EXPECT_STREQ(ended_with<const char*>(pool.submit([] { throw "text"; })), "text");
    EXPECT_EQ(ended_with<remote_error>(pool.submit([] { throw app::no_exception_at_all{3}; })).type_name(),
              "app::no_exception_at_all");
    EXPECT_EQ(pool.submit([] { return ::getpid(); }).result(long_enough), pid);
}

TEST(process_pool_executor_test, an_exception_whose_copy_throws_harms_nobody) {
    process_pool_executor pool{1};
    const int pid = pool.submit([] { return ::getpid(); }).result(long_enough);
    const auto e = ended_with<remote_error>(pool.submit([] { throw app::stubborn(); }));
    EXPECT_EQ(e.type_name(), "app::stubborn");
    EXPECT_STREQ(e.what(), "stubborn");
    EXPECT_EQ(pool.submit([] { return ::getpid(); }).result(long_enough), pid);
}

TEST(process_pool_executor_test, an_exception_whose_what_is_null_arrives_by_its_name) {
    process_pool_executor pool{1};
    const auto e = ended_with<remote_error>(pool.submit([] { throw app::silent(); }));
    EXPECT_EQ(e.type_name(), "app::silent");
    EXPECT_STREQ(e.what(), "");
}

TEST(process_pool_executor_test, an_exception_whose_destructor_throws_costs_its_worker_and_no_more) {
    process_pool_executor pool{1};
    const auto e = ended_with<worker_died>(pool.submit([] { throw app::bomb(); }));
    EXPECT_EQ(e.signal(), SIGABRT);
    EXPECT_EQ(pool.submit([] { return 5; }).result(long_enough), 5);
}

TEST(process_pool_executor_test, exceptions_inside_exceptions_arrive_as_a_chain) {
    process_pool_executor pool{1};
    auto f = pool.submit(throw_nested, 3);
    try {
        f.result(long_enough);
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& e) {
        EXPECT_EQ(chain_of(e), (std::vector<std::string>{"level 3", "level 2", "level 1", "the cause"}));
    }
    const auto outer_unknown = ended_with<remote_error>(pool.submit([] {
        try {
            throw std::out_of_range("inside");
        } catch (...) {
            std::throw_with_nested(app::unknown_error("outside"));
        }
    }));
    ASSERT_NE(outer_unknown.nested(), nullptr);
    EXPECT_THROW(std::rethrow_exception(outer_unknown.nested()), std::out_of_range);
}

// fact 76
TEST(process_pool_executor_test, the_trace_of_where_it_was_thrown_names_functions_of_the_task) {
    process_pool_executor pool{1};
    auto f = pool.submit(deep_in_the_task, 3);
    const std::string trace = ended_with<remote_error>(f).remote_traceback();
    EXPECT_NE(trace.find("deep_in_the_task"), std::string::npos) << trace;
    EXPECT_NE(trace.find('\n'), std::string::npos) << "a line for each frame: " << trace;
    auto known = pool.submit([] { throw std::out_of_range("known"); });
    EXPECT_FALSE(concur::pickle::remote_traceback(known.exception(long_enough)).empty());
}

TEST(process_pool_executor_test, of_a_text_of_a_megabyte_the_front_arrives) {
    process_pool_executor pool{1};
    const auto e =
        ended_with<std::runtime_error>(pool.submit([] { throw std::runtime_error(std::string(1'000'000, 'w')); }));
    const std::string text = e.what();
    EXPECT_LE(text.size(), 8'192U);
    EXPECT_EQ(text.substr(0, 4'000), std::string(4'000, 'w'));
}

TEST(process_pool_executor_test, an_exception_pointer_is_a_value_like_any_other) {
    process_pool_executor pool{1};
    const auto pass_on = [](std::exception_ptr e) { return e; };
    const auto back = pool.submit(pass_on, std::make_exception_ptr(std::out_of_range("there and back")));
    EXPECT_THROW(std::rethrow_exception(back.result(long_enough)), std::out_of_range);
    EXPECT_EQ(pool.submit(pass_on, std::exception_ptr()).result(long_enough), nullptr);
}

// fact 64
TEST(process_pool_executor_test, futures_that_fail_for_one_reason_have_exceptions_of_their_own) {
    process_pool_executor pool{{.max_workers = 1, .on_worker_death = concur::worker_death::break_pool}};
    const support::process_gate gate;
    std::vector<concur::future<void>> all;
    all.push_back(pool.submit([](const support::door& d) { d.wait(), std::raise(SIGKILL); }, gate.door));
    for (int i = 0; i < 4; ++i) all.push_back(pool.submit([] {}));
    ASSERT_TRUE(gate.door.until_came(1));
    gate.door.open();
    std::vector<std::exception_ptr> errors;
    for (const auto& f : all) errors.push_back(f.exception(long_enough));
    for (std::size_t i = 0; i < errors.size(); ++i) {
        EXPECT_THROW(std::rethrow_exception(errors[i]), concur::broken_process_pool);
        for (std::size_t k = 0; k < i; ++k) EXPECT_NE(errors[i], errors[k]);
    }
}

// fact 16
TEST(process_pool_executor_test, many_threads_may_rethrow_a_workers_exception_at_once) {
    process_pool_executor pool{1};
    const auto f = pool.submit(throw_nested, 2);
    f.wait();
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&f] {
            for (int n = 0; n < 200; ++n) EXPECT_THROW(f.result(), std::runtime_error);
        });
}
