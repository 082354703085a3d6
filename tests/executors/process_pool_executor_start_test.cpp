// The start methods: what a worker is a copy of, and what it does not inherit.
#include "concur/executors/process_pool_executor.hpp"
#include "concur/platform/child_process.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::process_pool_executor;
using concur::process_pool_options;
using concur::start_method;
using support::long_enough;
using support::process_gate;

namespace {

constexpr start_method all_methods[] = {start_method::forkserver, start_method::spawn, start_method::fork};

// A sanitizer has a thread of its own.
process_pool_options by(start_method how, long workers = 1) {
    return {.max_workers = workers, .start_method = how, .force_fork = support::under_tsan()};
}

int own_pid() { return ::getpid(); }

int set_in_main = 0;
int seen_in_worker() { return set_in_main; }
bool is_in_a_test() { return testing::UnitTest::GetInstance()->current_test_info() != nullptr; }

// What this process's descriptors lead to.
std::vector<std::string> open_paths() {
    std::vector<std::string> all;
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        all.push_back(std::filesystem::read_symlink(file, gone).string());
    }
    return all;
}

bool has_open(const std::string& path) {
    const auto all = open_paths();
    return std::find(all.begin(), all.end(), path) != all.end();
}

// "signal: how" for each signal that is blocked, or not as it is in a new program.
std::vector<std::string> unusual_signals() {
    std::vector<std::string> all;
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    for (const int signal : {SIGUSR1, SIGUSR2, SIGTERM, SIGPIPE, SIGALRM, SIGCHLD, SIGHUP}) {
        struct sigaction now{};
        ::sigaction(signal, nullptr, &now);
        if (sigismember(&blocked, signal) == 1) all.push_back(std::to_string(signal) + ": blocked");
        if (now.sa_handler != SIG_DFL) all.push_back(std::to_string(signal) + ": handled");
    }
    return all;
}

}  // namespace

TEST(process_pool_executor_test, each_start_method_runs_tasks_in_another_process) {
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how, 2)};
        const int pid = pool.submit(own_pid).result(long_enough);
        EXPECT_NE(pid, ::getpid());
        pool.shutdown();
        EXPECT_TRUE(support::until_gone(pid, std::chrono::milliseconds{0}));
        EXPECT_TRUE(support::descendants_of(::getpid()).empty());
    }
}

TEST(process_pool_executor_test, a_fresh_worker_has_run_nothing_of_main_and_a_forked_one_is_a_copy_of_the_program) {
    set_in_main = 7;
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how)};
        const bool copied = how == start_method::fork;
        EXPECT_EQ(pool.submit(seen_in_worker).result(long_enough), copied ? 7 : 0);
        EXPECT_EQ(pool.submit(is_in_a_test).result(long_enough), copied);
    }
}

TEST(process_pool_executor_test, forked_workers_have_the_memory_of_the_moment_when_the_pool_was_made) {
    set_in_main = 1;
    process_pool_executor pool{by(start_method::fork)};
    set_in_main = 2;
    EXPECT_EQ(pool.submit(seen_in_worker).result(long_enough), 1);
}

TEST(process_pool_executor_test, fork_is_refused_while_other_threads_run_and_says_what_to_do) {
    support::gate door;
    const std::jthread other([&] { door.wait(); });
    const support::opened_at_end guard(door);
    try {
        process_pool_executor pool{{.start_method = start_method::fork}};
        FAIL() << "it was made";
    } catch (const std::logic_error& e) {
        const std::string text = e.what();
        EXPECT_NE(text.find("thread"), std::string::npos) << text;
        EXPECT_NE(text.find("forkserver"), std::string::npos) << "the mend: " << text;
        EXPECT_NE(text.find("force_fork"), std::string::npos) << "the other mend: " << text;
    }
    process_pool_executor forced{{.max_workers = 1, .start_method = start_method::fork, .force_fork = true}};
    EXPECT_NE(forced.submit(own_pid).result(long_enough), ::getpid());
}

TEST(process_pool_executor_test, fork_is_refused_beside_a_pool_that_has_threads_already) {
    process_pool_executor first{1};
    first.submit(own_pid).result(long_enough);
    EXPECT_THROW((process_pool_executor{{.start_method = start_method::fork}}), std::logic_error);
    first.shutdown();
    process_pool_executor second{by(start_method::fork)};
    EXPECT_NE(second.submit(own_pid).result(long_enough), ::getpid()) << "its threads have gone";
}

TEST(process_pool_executor_test, a_worker_inherits_no_file_that_the_program_has_open) {
    const std::string path = testing::TempDir() + "concur_inherited_" + std::to_string(::getpid());
    const int file = ::open(path.c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_GE(file, 0);
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how)};
        EXPECT_TRUE(has_open(path));
        EXPECT_FALSE(pool.submit(has_open, path).result(long_enough));
    }
    ::close(file);
    std::filesystem::remove(path);
}

TEST(process_pool_executor_test, a_worker_has_nothing_of_the_other_workers_and_of_other_pools) {
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how, 2)};
        const process_gate gate;
        const auto count = [](const support::door& d) {
            d.wait();
            return std::to_string(open_paths().size());
        };
        auto a = pool.submit(count, gate.door), b = pool.submit(count, gate.door);
        ASSERT_TRUE(gate.door.until_came(2));
        gate.door.open();
        EXPECT_EQ(a.result(long_enough), b.result(long_enough)) << "the second has more than the first";
        EXPECT_LE(std::stoul(a.result()), 10U);
    }
}

TEST(process_pool_executor_test, a_worker_begins_without_the_programs_signal_handlers_and_blocked_signals) {
    for (const start_method how : all_methods) {
        struct sigaction ignored{}, before_usr2, before_pipe;
        ignored.sa_handler = SIG_IGN;
        ::sigaction(SIGUSR2, &ignored, &before_usr2);
        ::sigaction(SIGPIPE, &ignored, &before_pipe);
        sigset_t some, before;
        sigemptyset(&some);
        sigaddset(&some, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &some, &before);
        {
            process_pool_executor pool{by(how)};
            EXPECT_EQ(pool.submit(unusual_signals).result(long_enough), std::vector<std::string>{});
        }
        ::sigprocmask(SIG_SETMASK, &before, nullptr);
        ::sigaction(SIGUSR2, &before_usr2, nullptr);
        ::sigaction(SIGPIPE, &before_pipe, nullptr);
    }
}

TEST(process_pool_executor_test, a_worker_has_the_programs_directory_and_environment_but_no_role) {
    ::setenv("CONCUR_TEST_WORD", "as the program has it", 1);
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how)};
        const auto word = [](const char* name) {
            const char* const found = std::getenv(name);
            return std::string(found != nullptr ? found : "(none)");
        };
        EXPECT_EQ(pool.submit(word, "CONCUR_TEST_WORD").result(long_enough), "as the program has it");
        EXPECT_EQ(pool.submit(word, concur::platform::role_variable).result(long_enough), "(none)")
            << "a program that the worker starts would be a worker, too";
        EXPECT_EQ(pool.submit([] { return std::filesystem::current_path(); }).result(long_enough),
                  std::filesystem::current_path());
    }
}

TEST(process_pool_executor_test, a_worker_leads_a_process_group_of_its_own) {
    for (const start_method how : all_methods) {
        process_pool_executor pool{by(how)};
        EXPECT_TRUE(pool.submit([] { return ::getpgrp() == ::getpid(); }).result(long_enough));
    }
}

TEST(process_pool_executor_test, a_program_that_was_moved_while_it_runs_is_still_its_own_worker) {
    const auto own = std::filesystem::read_symlink("/proc/self/exe");
    const auto copy = std::filesystem::path(testing::TempDir()) / ("concur_moved_" + std::to_string(::getpid()));
    std::filesystem::copy_file(own, copy);
    // The copy takes itself away, and then starts workers.
    const std::string command = "CONCUR_TEST_REMOVE=1 exec '" + copy.string() +
                                "' --gtest_also_run_disabled_tests --gtest_filter='*.DISABLED_removes_itself' >&2";
    EXPECT_EQ(std::system(command.c_str()), 0);
    EXPECT_FALSE(std::filesystem::exists(copy));
}

// The program of the test above.
TEST(process_pool_executor_test, DISABLED_removes_itself) {
    if (std::getenv("CONCUR_TEST_REMOVE") == nullptr) GTEST_SKIP() << "it would remove the test program";
    std::filesystem::remove(std::filesystem::read_symlink("/proc/self/exe"));
    process_pool_executor pool{2};
    EXPECT_NE(pool.submit(own_pid).result(long_enough), ::getpid());
}
