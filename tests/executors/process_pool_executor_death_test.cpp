// The death of a worker: what is told of it, and whom it costs.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/child.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using testing::ContainsRegex;
using testing::HasSubstr;

namespace app {

// Not at null, and not mapped either.
[[gnu::noinline]] void write_to(std::uintptr_t address) { *reinterpret_cast<volatile int*>(address) = 1; }
[[gnu::noinline]] int decode_image(std::uintptr_t address) {
    write_to(address);
    return 1;
}
[[gnu::noinline]] int give_up() { std::abort(); }
[[gnu::noinline]] int descend(int n) {
    volatile char some[4096];
    some[0] = static_cast<char>(n);
    return n == -1 ? 0 : descend(n + 1) + some[0];
}
[[gnu::noinline]] void fail() { throw 1; }
[[gnu::noinline]] void throw_where_nothing_may() noexcept { fail(); }

}  // namespace app

namespace {

int own_pid() { return ::getpid(); }

}  // namespace

// fact 65
TEST(process_pool_executor_test, a_crash_tells_signal_pid_address_stack_and_the_name_of_the_task) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    const auto e =
        ended_with<worker_died>(pool.submit({.name = "decode cat.png"}, app::decode_image, std::uintptr_t{0x1230}));
    EXPECT_EQ(e.pid(), pid);
    EXPECT_EQ(e.signal(), SIGSEGV);
    EXPECT_EQ(e.exit_code(), std::nullopt);
    EXPECT_EQ(e.fault_address(), 0x1230U);
    EXPECT_EQ(e.task_name(), "decode cat.png");
    EXPECT_GT(e.peak_memory(), 1'000'000);
    EXPECT_THAT(e.stack_trace(), ContainsRegex("write_to[^\n]*\n(.*\n)*.*decode_image")) << "innermost first";
    const std::string text = e.what();
    for (const char* const part : {"SIGSEGV", "0x1230", "'decode cat.png'", "decode_image"})
        EXPECT_THAT(text, HasSubstr(part));
    EXPECT_THAT(text, HasSubstr(std::to_string(pid)));
}

TEST(process_pool_executor_test, abort_tells_where_it_was_called) {
    process_pool_executor pool{1};
    const auto e = ended_with<worker_died>(pool.submit(app::give_up));
    EXPECT_EQ(e.signal(), SIGABRT);
    EXPECT_EQ(e.fault_address(), std::nullopt);
    EXPECT_THAT(e.stack_trace(), HasSubstr("give_up"));
    EXPECT_THAT(e.what(), HasSubstr("SIGABRT"));
}

TEST(process_pool_executor_test, an_exception_that_leaves_a_noexcept_function_is_a_death_with_its_stack) {
    process_pool_executor pool{1};
    const auto e = ended_with<worker_died>(pool.submit([] { app::throw_where_nothing_may(); }));
    EXPECT_EQ(e.signal(), SIGABRT);
    EXPECT_THAT(e.stack_trace(), HasSubstr("throw_where_nothing_may"));
    EXPECT_THAT(e.last_stderr(), HasSubstr("terminate called"));
}

TEST(process_pool_executor_test, a_stack_that_overflows_is_reported_with_its_functions) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer's stack is of another size";
    process_pool_executor pool{1};
    const auto e = ended_with<worker_died>(pool.submit(app::descend, 0));
    EXPECT_EQ(e.signal(), SIGSEGV);
    EXPECT_TRUE(e.fault_address().has_value());
    EXPECT_THAT(e.stack_trace(), HasSubstr("descend"));
    EXPECT_EQ(pool.submit(own_pid).result(long_enough) > 0, true);
}

// fact 68
TEST(process_pool_executor_test, a_task_that_calls_exit_is_a_death_with_an_exit_code_also_with_zero) {
    process_pool_executor pool{1};
    const auto zero = ended_with<worker_died>(pool.submit([] { std::exit(0); }));
    EXPECT_EQ(zero.exit_code(), 0);
    EXPECT_EQ(zero.signal(), std::nullopt);
    EXPECT_THAT(zero.what(), HasSubstr("exited with code 0"));
    const auto three = ended_with<worker_died>(pool.submit([] { ::_exit(3); }));
    EXPECT_EQ(three.exit_code(), 3);
    EXPECT_THAT(three.what(), HasSubstr("exited with code 3"));
    EXPECT_TRUE(three.stack_trace().empty());
    EXPECT_EQ(ended_with<worker_died>(pool.submit([] { std::quick_exit(9); })).exit_code(), 9);
}

TEST(process_pool_executor_test, a_worker_that_is_killed_from_outside_says_so) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto f = pool.submit({.name = "long"}, [](const door& d) { d.wait(); }, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    ASSERT_TRUE(support::until([&] { return !pool.worker_pids().empty(); }));
    const auto pid = pool.worker_pids().front();
    ASSERT_TRUE(support::send_signal(pid, SIGKILL));
    const auto e = ended_with<worker_died>(f);
    EXPECT_EQ(e.pid(), pid);
    EXPECT_EQ(e.signal(), SIGKILL);
    EXPECT_EQ(e.fault_address(), std::nullopt);
    EXPECT_THAT(e.what(), HasSubstr("SIGKILL (out of memory?)"));
    EXPECT_EQ(e.task_name(), "long");
}

TEST(process_pool_executor_test, every_signal_that_ends_a_worker_is_told_by_its_name) {
    process_pool_executor pool{1};
    for (const int signal : {SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGHUP, SIGUSR1, SIGSYS, SIGPIPE, SIGALRM}) {
        const auto e = ended_with<worker_died>(pool.submit([](int n) { std::raise(n); }, signal));
        EXPECT_EQ(e.signal(), signal);
        EXPECT_THAT(e.what(), HasSubstr(concur::signal_name(signal)));
    }
}

TEST(process_pool_executor_test, the_last_lines_that_a_worker_wrote_are_in_the_report) {
    process_pool_executor pool{1};
    const auto talkative = [] {
        for (int i = 0; i < 2'000; ++i) std::fprintf(stderr, "line %d\n", i);
        std::abort();
    };
    ::testing::internal::CaptureStderr();
    const auto e = ended_with<worker_died>(pool.submit(talkative));
    pool.shutdown();
    const std::string passed_on = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(e.last_stderr(), HasSubstr("line 1999\n"));
    EXPECT_LE(e.last_stderr().size(), 4096U);
    EXPECT_THAT(e.what(), HasSubstr("line 1999"));
    EXPECT_THAT(passed_on, HasSubstr("line 0\nline 1\n")) << "the program's standard error has all of it";
    EXPECT_THAT(passed_on, HasSubstr("line 1998\nline 1999\n"));
}

TEST(process_pool_executor_test, a_worker_that_lives_writes_to_the_programs_standard_error_too) {
    const auto child = support::child::run([] {
        process_pool_executor pool{1};
        pool.submit([] { std::fprintf(stderr, "a word from the worker\n"); }).result(long_enough);
        return 0;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
    EXPECT_THAT(child.err, HasSubstr("a word from the worker\n"));
}

TEST(process_pool_executor_test, what_a_dead_worker_wrote_cannot_play_tricks_on_a_terminal) {
    process_pool_executor pool{1};
    const auto wild = [] {
        std::fputs("\x1b[2Jcleared\a\n", stderr);
        std::abort();
    };
    ::testing::internal::CaptureStderr();
    const auto e = ended_with<worker_died>(pool.submit({.name = "\x1b]0;title\a"}, wild));
    ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::string(e.what()).find('\x1b'), std::string::npos) << "escaped in the text";
    EXPECT_THAT(e.last_stderr(), HasSubstr("\x1b[2Jcleared")) << "and given as it came";
}

TEST(process_pool_executor_test, the_most_memory_that_it_had_is_told) {
    process_pool_executor pool{1};
    const auto much = [] {
        std::vector<char> all(100'000'000, 'm');
        std::raise(all[5'000'000] == 'm' ? SIGKILL : SIGABRT);
    };
    const auto e = ended_with<worker_died>(pool.submit(much));
    EXPECT_EQ(e.signal(), SIGKILL);
    EXPECT_GT(e.peak_memory(), 100'000'000);
    EXPECT_THAT(e.what(), HasSubstr("peak memory"));
}

// fact 63
TEST(process_pool_executor_test, only_the_dead_workers_task_fails_and_everything_else_goes_on) {
    process_pool_executor pool{2};
    const process_gate door_a, door_b;
    auto dies = pool.submit([](const door& d) { return d.wait(), std::abort(), 1; }, door_a.door);
    auto lives = pool.submit([](const door& d) { return d.wait(), ::getpid(); }, door_b.door);
    ASSERT_TRUE(door_a.door.until_came(1) && door_b.door.until_came(1));
    std::vector<future<int>> queued;
    for (int i = 0; i < 20; ++i) queued.push_back(pool.submit([](int n) { return n; }, i));
    door_a.door.open();
    EXPECT_EQ(ended_with<worker_died>(dies).signal(), SIGABRT);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(queued[static_cast<std::size_t>(i)].result(long_enough), i);
    EXPECT_FALSE(lives.done()) << "the other worker was not touched";
    door_b.door.open();
    EXPECT_GT(lives.result(long_enough), 0);
    EXPECT_EQ(pool.submit(own_pid).exception(long_enough), nullptr) << "and the pool takes work";
}

TEST(process_pool_executor_test, a_worker_that_dies_while_it_has_nothing_to_do_costs_nothing) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    ASSERT_TRUE(support::send_signal(pid, SIGKILL));
    ASSERT_TRUE(support::until_gone(pid));
    for (int i = 0; i < 5; ++i) EXPECT_NE(pool.submit(own_pid).result(long_enough), pid);
}

TEST(process_pool_executor_test, a_replacement_comes_without_being_asked_for) {
    process_pool_executor pool{1};
    const int pid = pool.submit(own_pid).result(long_enough);
    ended_with<worker_died>(pool.submit([] { ::_exit(1); }));
    EXPECT_TRUE(support::until([&] { return pool.worker_pids().size() == 1 && pool.worker_pids().front() != pid; }));
}

// However many bad inputs there are in a row, they are no crash loop: each costs itself.
TEST(process_pool_executor_test, thirty_tasks_in_a_row_that_crash_cost_thirty_tasks) {
    for (const int workers : {1, 2}) {
        process_pool_executor pool{workers};
        std::vector<future<void>> all;
        for (int i = 0; i < 30; ++i) all.push_back(pool.submit([] { std::raise(SIGKILL); }));
        auto last = pool.submit([] { return 4; });
        for (const auto& f : all) EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGKILL);
        EXPECT_EQ(last.result(long_enough), 4);
    }
}
