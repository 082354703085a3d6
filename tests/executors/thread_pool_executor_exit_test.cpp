// Pools at the end of the program, before main and after it. Each test looks at a child process.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

using concur::executor_shutdown;
using concur::thread_pool_executor;
using support::gate;

namespace {

// Without a buffer: what was said is seen however the program ends.
void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }

// What submitting something now comes to.
std::string submitted_now(thread_pool_executor& pool) {
    try {
        return "got " + std::to_string(pool.submit([] { return 42; }).result()) + "\n";
    } catch (const executor_shutdown& e) {
        return std::string("refused: ") + e.what() + "\n";
    }
}

// A pool that is never destroyed, and never lost.
std::unique_ptr<thread_pool_executor>& kept_pool() {
    static auto* const place = new std::unique_ptr<thread_pool_executor>;
    return *place;
}

// Goes on until it is refused, and says why.
void submit_again() {
    try {
        kept_pool()->submit(submit_again);
    } catch (const executor_shutdown& e) {
        say(e.what());
    }
}

bool plays(std::string_view role) {
    const char* const given = std::getenv("CONCUR_TEST_ROLE");
    return given != nullptr && role == given;
}

// Made before main and destroyed after it, in a child that is given a role.
struct outside_of_main {
    outside_of_main() {
        if (plays("pool_before_main") || plays("pool_kept_from_before_main")) {
            pool = std::make_unique<thread_pool_executor>(2L);
            say("before main: " + submitted_now(*pool));
        }
        if (plays("pool_kept_from_before_main")) kept_pool() = std::move(pool);
        if (plays("pool_at_exit")) {
            std::atexit([] { say("after: " + submitted_now(*kept_pool())); });  // runs after the library's own
            kept_pool() = std::make_unique<thread_pool_executor>(1L);
            std::atexit([] { say("before: " + submitted_now(*kept_pool())); });
        }
    }
    ~outside_of_main() {
        if (plays("pool_before_main")) say("after main: " + submitted_now(*pool));
        if (plays("pool_after_main")) {
            thread_pool_executor late{1};
            say("after main: " + submitted_now(late));
        }
        if (plays("pool_kept_from_before_main")) say("after main: " + submitted_now(*kept_pool()));
    }

    std::unique_ptr<thread_pool_executor> pool;
} const around_main;

support::child::outcome this_program_as(const std::string& role, const std::string& test) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    return support::child::run_program(
        {"env", "CONCUR_TEST_ROLE=" + role, program, "--gtest_filter=thread_pool_executor_test." + test});
}

void expect_ended_well(const support::child::outcome& child) {
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_FALSE(child.signal.has_value()) << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

}  // namespace

// fact 52
TEST(thread_pool_executor_test, the_end_of_the_program_completes_submitted_work) {
    const auto child = support::child::run([] {
        kept_pool() = std::make_unique<thread_pool_executor>(1L);
        kept_pool()->submit([] { say("apple"); });
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, "apple");
}

// fact 52
TEST(thread_pool_executor_test, the_end_of_the_program_completes_work_after_a_shutdown_without_wait) {
    const auto child = support::child::run([] {
        kept_pool() = std::make_unique<thread_pool_executor>(1L);
        kept_pool()->submit([] { say("apple"); });
        kept_pool()->shutdown({.wait = false});
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, "apple");
}

TEST(thread_pool_executor_test, the_end_of_the_program_waits_for_what_runs_and_what_is_queued) {
    const auto child = support::child::run([] {
        static gate begun;
        kept_pool() = std::make_unique<thread_pool_executor>(2L);
        for (int i = 0; i < 100; ++i)
            kept_pool()->submit([] {
                begun.open();
                usleep(200);  // sleeps: so that work is left when the program ends
                say("x");
            });
        begun.wait();
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, std::string(100, 'x'));
}

TEST(thread_pool_executor_test, the_end_of_the_program_completes_the_work_of_several_pools) {
    const auto child = support::child::run([] {
        static std::vector<std::unique_ptr<thread_pool_executor>> pools;
        for (int i = 0; i < 5; ++i) {
            pools.push_back(std::make_unique<thread_pool_executor>(2L));
            for (int k = 0; k < 20; ++k) pools.back()->submit([] { say("x"); });
        }
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, std::string(100, 'x'));
}

TEST(thread_pool_executor_test, a_static_pool_completes_its_work_when_it_is_destroyed) {
    const auto child = support::child::run([] {
        static thread_pool_executor pool{2};
        for (int i = 0; i < 50; ++i) pool.submit([] { say("x"); });
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, std::string(50, 'x'));
}

// fact 34
TEST(thread_pool_executor_test, submit_after_the_program_began_to_end_throws_with_another_text) {
    const auto child = this_program_as("pool_at_exit", "shutdown_twice_is_fine");
    expect_ended_well(child);
    EXPECT_NE(child.out.find("before: got 42"), std::string::npos) << child.out;
    EXPECT_NE(child.out.find("after: refused: "), std::string::npos) << child.out;
    EXPECT_NE(child.out.find("program is ending"), std::string::npos) << child.out;
}

// fact 34
TEST(thread_pool_executor_test, a_task_that_submits_itself_for_ever_is_told_that_the_program_ends) {
    const auto child = support::child::run([] {
        kept_pool() = std::make_unique<thread_pool_executor>(1L);
        kept_pool()->submit(submit_again);
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_NE(child.out.find("program is ending"), std::string::npos) << child.out;
}

TEST(thread_pool_executor_test, exit_called_in_a_task_ends_the_program_with_its_code) {
    for (const bool nested : {false, true}) {
        const auto child = support::child::run([nested] {
            thread_pool_executor pool{2};
            const auto leave = [] { exit_in_child::now(7); };
            if (nested) pool.submit([&] { pool.submit(leave).result(); }).result();
            else pool.submit(leave).result();
            return 1;
        });
        EXPECT_FALSE(child.timed_out) << "it hung";
        EXPECT_EQ(child.exit_code.value_or(-1), 7) << child.err;
    }
}

TEST(thread_pool_executor_test, exit_called_in_a_task_of_a_static_pool_ends_the_program) {
    const auto child = support::child::run([] {
        static thread_pool_executor pool{1};
        static thread_pool_executor other{1};
        other.submit([] {}).result();
        pool.submit([] { exit_in_child::now(7); }).wait();
        return 1;
    });
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_EQ(child.exit_code.value_or(-1), 7) << child.err;
}

TEST(thread_pool_executor_test, exit_called_in_a_task_does_not_wait_for_a_pool_that_waits_for_the_task) {
    const auto child = support::child::run([] {
        static thread_pool_executor pool{1};
        static thread_pool_executor other{1};
        static gate go;
        static auto leaving = pool.submit([] { go.wait(), exit_in_child::now(7); });
        static gate waits;
        other.submit([] { waits.open(), leaving.wait(); });
        waits.wait();
        go.open();
        leaving.wait();
        return 1;
    });
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_EQ(child.exit_code.value_or(-1), 7) << child.err;
}

TEST(thread_pool_executor_test, an_exception_nobody_read_is_one_line_on_standard_error_at_the_end) {
    const auto child = support::child::run([] {
        kept_pool() = std::make_unique<thread_pool_executor>(1L);
        kept_pool()->submit({.name = "parse"}, [] { throw std::runtime_error("a broken file"); });
        std::exit(0);
        return 1;
    });
    expect_ended_well(child);
    EXPECT_EQ(child.err, "concur: nobody read the exception of task 'parse': std::runtime_error: a broken file\n");
}

TEST(thread_pool_executor_test, ending_at_once_waits_for_nothing) {
    const auto child = support::child::run([] {
        static gate never;
        thread_pool_executor pool{1};
        pool.submit([] { never.wait(); });
        never.until_came(1);
        ::_exit(0);
        return 1;
    });
    expect_ended_well(child);
}

TEST(thread_pool_executor_test, a_pool_can_be_used_before_main_and_after_it) {
    const auto child = this_program_as("pool_before_main", "shutdown_twice_is_fine");
    expect_ended_well(child);
    EXPECT_NE(child.out.find("before main: got 42"), std::string::npos) << child.out;
    EXPECT_NE(child.out.find("after main: "), std::string::npos) << child.out;
}

TEST(thread_pool_executor_test, a_pool_kept_from_before_main_is_ended_with_the_program) {
    const auto child = this_program_as("pool_kept_from_before_main", "shutdown_twice_is_fine");
    expect_ended_well(child);
    EXPECT_NE(child.out.find("before main: got 42"), std::string::npos) << child.out;
    EXPECT_NE(child.out.find("after main: "), std::string::npos) << child.out;
}

TEST(thread_pool_executor_test, a_pool_made_when_the_program_has_ended_refuses_and_does_not_hang) {
    const auto child = this_program_as("pool_after_main", "shutdown_twice_is_fine");
    expect_ended_well(child);
    EXPECT_NE(child.out.find("after main: refused: "), std::string::npos) << child.out;
    EXPECT_NE(child.out.find("program is ending"), std::string::npos) << child.out;
}
