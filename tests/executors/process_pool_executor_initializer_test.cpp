// What each worker does before its first task, and what becomes of a pool where that fails.
#include "concur/core/error.hpp"
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using concur::broken_process_pool;
using concur::future;
using concur::pickling_error;
using concur::process_pool_executor;
using concur::start_method;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;

namespace {

std::string prepared = "nothing";
int times_prepared = 0;

void prepare(const std::string& with, int number) {
    prepared = with + " " + std::to_string(number);
    ++times_prepared;
}
void prepare_all(const std::vector<double>& numbers, const std::map<std::string, int>& names) {
    prepared =
        std::to_string(std::accumulate(numbers.begin(), numbers.end(), 0.0)) + " " + std::to_string(names.at("seven"));
}
std::string what_was_prepared() { return prepared; }

struct preparer {
    std::string with;
    void operator()() const { prepared = with; }
};

void wait_for_ever(int) {
    for (;;) ::pause();
}

int pid_behind(const door& d) {
    d.wait();
    return times_prepared;
}

std::string text_of(const std::exception_ptr& error) {
    try {
        if (error != nullptr) std::rethrow_exception(error);
        return "no cause";
    } catch (const std::exception& e) {
        return e.what();
    }
}

constexpr start_method all_methods[] = {start_method::forkserver, start_method::spawn, start_method::fork};

}  // namespace

// fact 57
TEST(process_pool_executor_test, an_initializer_runs_once_on_each_worker_before_its_first_task) {
    process_pool_executor pool{{.max_workers = 3, .initializer = {prepare, "it is", 3}}};
    const process_gate gate;
    std::vector<future<int>> all;
    for (int i = 0; i < 12; ++i) all.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(3));
    gate.door.open();
    for (const auto& f : all) EXPECT_EQ(f.result(long_enough), 1);
    EXPECT_EQ(pool.submit(what_was_prepared).result(long_enough), "it is 3");
}

TEST(process_pool_executor_test, an_initializer_is_any_function_with_any_arguments) {
    const auto ran = [](concur::process_initializer by) {
        process_pool_executor pool{{.max_workers = 1, .initializer = std::move(by)}};
        return pool.submit(what_was_prepared).result(long_enough);
    };
    EXPECT_EQ(ran({[] { prepared = "a lambda"; }}), "a lambda");
    EXPECT_EQ(ran([] { prepared = "a lambda alone"; }), "a lambda alone");
    EXPECT_EQ(ran(preparer{"an object"}), "an object");
    EXPECT_EQ(ran({prepare, std::string(100'000, 'x'), 1}), std::string(100'000, 'x') + " 1");
    EXPECT_EQ(ran({prepare_all, std::vector<double>(50, 2.0), std::map<std::string, int>{{"seven", 7}}}),
              "100.000000 7");
    EXPECT_EQ(ran({}), "nothing");
}

TEST(process_pool_executor_test, each_start_method_has_initializers_with_arguments) {
    for (const start_method how : all_methods) {
        process_pool_executor pool{{.max_workers = 1,
                                    .start_method = how,
                                    .initializer = {prepare, "so", 1},
                                    .force_fork = support::under_tsan()}};
        EXPECT_EQ(pool.submit(what_was_prepared).result(long_enough), "so 1");
    }
}

TEST(process_pool_executor_test, with_fork_an_initializer_may_be_a_closure_and_sees_what_the_program_had) {
    std::vector<std::string> words{"what", "was", "here"};
    std::string* const pointer = &words[2];
    const auto closure = [&words, pointer] { prepared = words[0] + " " + words[1] + " " + *pointer; };
    process_pool_executor pool{{.max_workers = 2,
                                .start_method = start_method::fork,
                                .initializer = closure,
                                .force_fork = support::under_tsan()}};
    words[1] = "is";
    EXPECT_EQ(pool.submit(what_was_prepared).result(long_enough), "what was here");
    EXPECT_EQ(prepared, "nothing") << "it ran here";
}

TEST(process_pool_executor_test, without_fork_a_closure_as_initializer_is_refused_and_says_what_to_do) {
    int here = 1;
    for (const start_method how : {start_method::forkserver, start_method::spawn}) {
        try {
            process_pool_executor pool{{.start_method = how, .initializer = [&here] { ++here; }}};
            FAIL() << "it was made";
        } catch (const pickling_error& e) {
            EXPECT_NE(std::string(e.what()).find("initializer"), std::string::npos) << e.what();
            EXPECT_NE(std::string(e.what()).find("start_method::fork"), std::string::npos) << "the mend: " << e.what();
        }
    }
}

TEST(process_pool_executor_test, an_initializer_that_is_a_null_pointer_or_an_empty_function_is_refused) {
    void (*none)() = nullptr;
    EXPECT_THROW((process_pool_executor{{.initializer = none}}), std::invalid_argument);
    EXPECT_THROW((process_pool_executor{{.start_method = start_method::fork, .initializer = std::function<void()>{}}}),
                 std::invalid_argument);
}

// fact 58
TEST(process_pool_executor_test, an_initializer_that_throws_breaks_the_pool_with_what_it_threw) {
    process_pool_executor pool{{.max_workers = 2, .initializer = [] { throw std::out_of_range("no such table"); }}};
    std::vector<future<int>> all;
    try {
        for (int i = 0; i < 5; ++i) all.push_back(pool.submit([] { return 1; }));
    } catch (const broken_process_pool&) {
        // It was broken before the last of them was submitted.
    }
    for (const auto& f : all) {
        const auto e = ended_with<broken_process_pool>(f);
        EXPECT_THROW(std::rethrow_exception(e.cause()), std::out_of_range) << text_of(e.cause());
        EXPECT_EQ(text_of(e.cause()), "no such table");
    }
    try {
        pool.submit([] { return 1; });
        FAIL() << "it took work";
    } catch (const broken_process_pool& e) {
        EXPECT_EQ(text_of(e.cause()), "no such table");
        EXPECT_NE(std::string(e.what()).find("initializer"), std::string::npos) << e.what();
    }
}

// fact 58
TEST(process_pool_executor_test, a_closure_that_throws_as_initializer_breaks_the_pool_likewise) {
    const std::string words = "not today";
    process_pool_executor pool{{.max_workers = 1,
                                .start_method = start_method::fork,
                                .initializer = [&words] { throw std::runtime_error(words); },
                                .force_fork = support::under_tsan()}};
    EXPECT_EQ(text_of(ended_with<broken_process_pool>(pool.submit([] {})).cause()), "not today");
    EXPECT_THROW(pool.submit([] {}), broken_process_pool);
}

TEST(process_pool_executor_test, initializers_that_crash_one_after_the_other_break_the_pool_with_the_cause) {
    process_pool_executor pool{{.max_workers = 2, .initializer = [] { std::raise(SIGKILL); }}};
    const auto e = ended_with<broken_process_pool>(pool.submit([] { return 1; }));
    ASSERT_NE(e.cause(), nullptr) << e.what();
    try {
        std::rethrow_exception(e.cause());
    } catch (const worker_died& died) {
        EXPECT_EQ(died.signal(), SIGKILL);
        EXPECT_FALSE(died.report().in_task) << died.what();
    }
    EXPECT_THROW(pool.submit([] {}), broken_process_pool);
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().empty(); }));
}

TEST(process_pool_executor_test, an_initializer_that_calls_exit_breaks_the_pool_with_the_exit_code) {
    process_pool_executor pool{{.max_workers = 1, .initializer = [] { ::_exit(5); }}};
    const auto e = ended_with<broken_process_pool>(pool.submit([] { return 1; }));
    try {
        std::rethrow_exception(e.cause());
    } catch (const worker_died& died) {
        EXPECT_EQ(died.exit_code(), 5);
    }
}

TEST(process_pool_executor_test, an_initializer_that_crashes_once_costs_no_task) {
    const process_gate gate;
    const auto crash_first = [](const door& d) {
        if (d.come() == 1) std::raise(SIGKILL);
    };
    process_pool_executor pool{{.max_workers = 1, .initializer = {crash_first, gate.door}}};
    EXPECT_EQ(pool.submit([] { return 1; }).result(long_enough), 1);
    EXPECT_EQ(gate.door.came(), 2U);
}

TEST(process_pool_executor_test, a_worker_that_takes_the_place_of_a_dead_one_runs_the_initializer_too) {
    process_pool_executor pool{{.max_workers = 1, .initializer = {prepare, "again", 2}}};
    ended_with<worker_died>(pool.submit([] { std::raise(SIGKILL); }));
    EXPECT_EQ(pool.submit(what_was_prepared).result(long_enough), "again 2");
}

TEST(process_pool_executor_test, an_initializer_that_never_ends_holds_up_no_shutdown_that_leaves_nothing_to_do) {
    process_pool_executor pool{{.max_workers = 1, .initializer = {wait_for_ever, 0}}};
    auto f = pool.submit({.timeout = std::chrono::milliseconds{50}}, what_was_prepared);
    ended_with<concur::timeout_error>(f);
    auto shut = std::async(std::launch::async, [&] { pool.shutdown(); });
    if (shut.wait_for(long_enough) == std::future_status::timeout) {
        pool.kill_workers();
        FAIL() << "it waits for a worker that nobody needs";
    }
    EXPECT_TRUE(support::descendants_of(::getpid()).empty());
}

TEST(process_pool_executor_test, an_initializer_that_a_task_waits_for_has_its_time_after_shutdown_too) {
    const process_gate gate;
    process_pool_executor pool{{.max_workers = 1, .initializer = {[](const door& d) { d.wait(); }, gate.door}}};
    auto waits = pool.submit([] { return 3; });
    ASSERT_TRUE(gate.door.until_came(1));
    pool.shutdown({.wait = false});
    EXPECT_FALSE(waits.wait_for(std::chrono::seconds{6})) << "longer than a worker has that nobody waits for";
    gate.door.open();
    EXPECT_EQ(waits.result(long_enough), 3);
}
