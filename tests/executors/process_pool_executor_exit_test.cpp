// Pools of processes at the end of the program, before main and after it, and when the program is killed.
// Each test looks at a child process.
#include "concur/core/error.hpp"
#include "concur/core/process_error.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::process_pool_executor;
using support::door;
using support::long_enough;
using support::process_gate;
using testing::HasSubstr;

namespace {

// Without a buffer: what was said is seen however the program ends.
void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }
void say_apple() { say("apple"); }
int answer() { return 42; }
void wait_at(const door& d) { d.wait(); }

// What submitting something now comes to.
std::string submitted_now(process_pool_executor& pool) {
    try {
        return "got " + std::to_string(pool.submit(answer).result(long_enough)) + "\n";
    } catch (const std::exception& e) {
        return std::string("refused: ") + e.what() + "\n";
    }
}

// A pool that is never destroyed, and never lost.
std::unique_ptr<process_pool_executor>& kept_pool() {
    static auto* const place = new std::unique_ptr<process_pool_executor>;
    return *place;
}

// A pool whose one future is done when the program is ending already: with a value, or because the pool breaks.
concur::future<int> done_at_the_end(const door& d, bool breaks) {
    const auto throws = [](const door& at) { at.wait(), throw std::runtime_error("no data"); };
    const auto waits = [](const door& at) { return at.wait(), 42; };
    auto& pool = kept_pool();
    if (breaks)
        pool = std::make_unique<process_pool_executor>(
            concur::process_pool_options{.max_workers = 1, .initializer = {throws, d}});
    else pool = std::make_unique<process_pool_executor>(1);
    auto f = breaks ? pool->submit(answer) : pool->submit(waits, d);
    std::thread([d] {
        while (!concur::program_is_ending()) std::this_thread::yield();
        d.open();
    }).detach();
    return f;
}

bool plays(std::string_view role) {
    const char* const given = std::getenv("CONCUR_TEST_ROLE");
    return given != nullptr && role == given;
}

// Made before main and destroyed after it, in a child that is given a role; and in its workers, which
// are the same program, too.
struct outside_of_main {
    outside_of_main() {
        if (plays("made_before_main") || plays("used_before_main")) pool = std::make_unique<process_pool_executor>(1);
        if (!plays("used_before_main")) return;
        // A worker that makes a worker that makes a worker: the machine must not go down with the test.
        const char* const depth = std::getenv("CONCUR_TEST_DEPTH");
        const int next = depth != nullptr ? std::atoi(depth) + 1 : 0;
        if (next > 2) ::_exit(88);
        ::setenv("CONCUR_TEST_DEPTH", std::to_string(next).c_str(), 1);
        say("before main: " + submitted_now(*pool));
    }
    ~outside_of_main() {
        if (plays("made_before_main")) say("after main: " + submitted_now(*pool));
        if (plays("made_after_main")) {
            process_pool_executor late{1};
            say("after main: " + submitted_now(late));
        }
    }

    std::unique_ptr<process_pool_executor> pool;
} around_main;

support::child::outcome this_program_as(const std::string& role, const std::string& test) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    return support::child::run_program({"env", "CONCUR_TEST_ROLE=" + role, program, "--gtest_also_run_disabled_tests",
                                        "--gtest_filter=process_pool_executor_test." + test});
}

void expect_ended_well(const support::child::outcome& child) {
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_FALSE(child.signal.has_value()) << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err << child.out;
}

// It depends on what else the program has at its end.
auto works_or_is_refused(const std::string& when) {
    return testing::AnyOf(HasSubstr(when + "got 42\n"), HasSubstr(when + "refused: "));
}

std::vector<std::int64_t> numbers_in(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::int64_t> all;
    for (std::int64_t n = 0; in >> n;) all.push_back(n);
    return all;
}

// A child that ends while a task of the kept pool runs: that is done at the very end, and `act` is its callback.
support::child::outcome child_with_a_callback_at_its_end(bool breaks, void (*act)()) {
    const process_gate gate;
    return support::child::run([&]() -> int {
        auto f = done_at_the_end(gate.door, breaks);
        f.add_done_callback([act](const concur::future<int>& done) {
            static_cast<void>(done.exception());
            act();
        });
        exit_in_child::now(3);
    });
}

}  // namespace

// fact 52
TEST(process_pool_executor_test, the_end_of_the_program_completes_submitted_work) {
    for (const bool shut : {false, true}) {
        const auto child = support::child::run([&]() -> int {
            kept_pool() = std::make_unique<process_pool_executor>(1);
            kept_pool()->submit(say_apple);
            if (shut) kept_pool()->shutdown({.wait = false});
            exit_in_child::now();
        });
        expect_ended_well(child);
        EXPECT_EQ(child.out, "apple");
    }
}

// fact 34
TEST(process_pool_executor_test, submit_while_the_program_ends_throws_with_another_text) {
    const auto child = support::child::run([]() -> int {
        std::atexit([] { say(submitted_now(*kept_pool())); });  // runs after the library's own
        kept_pool() = std::make_unique<process_pool_executor>(1);
        say(submitted_now(*kept_pool()));
        exit_in_child::now();
    });
    expect_ended_well(child);
    EXPECT_THAT(child.out, HasSubstr("got 42\nrefused: "));
    EXPECT_THAT(child.out, HasSubstr("program is ending"));
}

TEST(process_pool_executor_test, shutdown_that_waits_is_refused_in_a_callback_at_the_end_of_the_program_too) {
    const auto act = [] {
        try {
            kept_pool()->shutdown();
        } catch (const std::exception& e) {
            say(e.what());
        }
    };
    for (const bool breaks : {false, true}) {
        const auto child = child_with_a_callback_at_its_end(breaks, act);
        EXPECT_EQ(child.exit_code.value_or(-1), 3) << child.err;
        EXPECT_THAT(child.out, HasSubstr("a callback of this pool cannot wait for it to end")) << breaks;
    }
}

TEST(process_pool_executor_test, a_callback_may_drop_the_last_reference_to_its_pool_at_the_end_of_the_program_too) {
    const auto act = [] {
        kept_pool().reset();
        say("gone");
    };
    for (const bool breaks : {false, true}) {
        const auto child = child_with_a_callback_at_its_end(breaks, act);
        EXPECT_EQ(child.exit_code.value_or(-1), 3) << child.err;
        EXPECT_EQ(child.out, "gone") << breaks;
    }
}

TEST(process_pool_executor_test, a_pool_that_was_made_before_main_is_used_in_main) {
    const auto child = this_program_as("made_before_main", "DISABLED_main_that_uses_the_pool_of_a_static");
    expect_ended_well(child);
    EXPECT_THAT(child.out, HasSubstr("in main: got 42\n"));
    EXPECT_THAT(child.out, works_or_is_refused("after main: "));
}

// The program of the test above.
TEST(process_pool_executor_test, DISABLED_main_that_uses_the_pool_of_a_static) {
    if (around_main.pool == nullptr) GTEST_SKIP() << "only where a static has made one";
    say("in main: " + submitted_now(*around_main.pool));
}

// fact 90
TEST(process_pool_executor_test, a_pool_that_is_used_before_main_works_or_is_refused_and_never_hangs) {
    const auto child = this_program_as("used_before_main", "DISABLED_main_that_uses_the_pool_of_a_static");
    expect_ended_well(child);
    EXPECT_THAT(child.out, works_or_is_refused("before main: "));
    EXPECT_THAT(child.out, HasSubstr("in main: got 42\n")) << "in main it is of use in any case";
}

TEST(process_pool_executor_test, a_pool_that_is_made_in_a_static_destructor_works_or_is_refused_and_never_hangs) {
    const auto child = this_program_as("made_after_main", "DISABLED_main_that_uses_the_pool_of_a_static");
    expect_ended_well(child);
    EXPECT_THAT(child.out, works_or_is_refused("after main: "));
}

TEST(process_pool_executor_test, a_program_that_is_killed_leaves_no_process) {
    const auto child = support::child::run([] {
        process_pool_executor pool{2};
        const process_gate gate;
        for (int i = 0; i < 10; ++i) pool.submit(wait_at, gate.door);
        gate.door.until_came(2);
        for (const std::int64_t pid : support::descendants_of(::getpid())) say(std::to_string(pid) + " ");
        std::raise(SIGKILL);
        return 1;
    });
    EXPECT_EQ(child.signal, SIGKILL);
    const auto pids = numbers_in(child.out);
    EXPECT_EQ(pids.size(), 3U) << "a server and two workers: " << child.out;
    for (const std::int64_t pid : pids) EXPECT_TRUE(support::until_gone(pid, std::chrono::seconds{1})) << pid;
}

TEST(process_pool_executor_test, a_program_that_aborts_or_leaves_at_once_leaves_no_process) {
    for (const bool aborts : {true, false}) {
        const auto child = support::child::run([&] {
            process_pool_executor pool{1};
            const process_gate gate;
            pool.submit(wait_at, gate.door);
            gate.door.until_came(1);
            for (const std::int64_t pid : support::descendants_of(::getpid())) say(std::to_string(pid) + " ");
            if (aborts) std::abort();
            ::_exit(3);
            return 1;
        });
        EXPECT_EQ(numbers_in(child.out).size(), 2U);
        for (const std::int64_t pid : numbers_in(child.out)) EXPECT_TRUE(support::until_gone(pid)) << pid;
    }
}

TEST(process_pool_executor_test, a_server_that_is_killed_is_replaced_and_costs_only_what_ran) {
    process_pool_executor pool{1};
    const int worker = pool.submit([] { return static_cast<int>(::getpid()); }).result(long_enough);
    const int server = pool.submit([] { return static_cast<int>(::getppid()); }).result(long_enough);
    const process_gate gate;
    auto runs = pool.submit(wait_at, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    auto queued = pool.submit(answer);
    ASSERT_TRUE(support::send_signal(server, SIGKILL));
    EXPECT_THROW(runs.result(long_enough), concur::worker_died);
    EXPECT_EQ(queued.result(long_enough), 42);
    EXPECT_TRUE(support::until_gone(worker)) << "workers die with their server";
    EXPECT_EQ(pool.submit(answer).result(long_enough), 42);
}

// fact 88
TEST(process_pool_executor_test, ctrl_c_goes_to_the_program_and_does_not_touch_its_workers) {
    const auto child = support::child::run([] {
        ::setpgid(0, 0);
        std::signal(SIGINT, [](int) {});
        for (const auto how : {concur::start_method::forkserver, concur::start_method::spawn}) {
            process_pool_executor pool{{.max_workers = 2, .start_method = how}};
            const process_gate gate;
            auto a = pool.submit(wait_at, gate.door), b = pool.submit(wait_at, gate.door);
            auto behind = pool.submit(answer);
            gate.door.until_came(2);
            ::kill(0, SIGINT);
            for (const std::int64_t pid : pool.worker_pids()) support::send_signal(pid, SIGINT);
            gate.door.open();
            a.result(long_enough), b.result(long_enough);
            if (behind.result(long_enough) != 42) return 2;
        }
        return 0;
    });
    expect_ended_well(child);
}
