// The first part of child_process.hpp: how a program is started once more.
#include "concur/platform/child_process.hpp"
#include "platform/roles.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/refused_call.hpp"
#include "support/sanitized.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <set>
#include <string>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::platform;
using support::injected;
using support::say;
using support::until_end;

// --- what the program does when it is started anew ----------------------------------------------------

std::string open_descriptors() {
    std::set<int> numbers;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        numbers.insert(std::stoi(entry.path().filename()));
    std::string text;
    for (const int number : numbers)
        if (::fcntl(number, F_GETFD) >= 0) text += std::to_string(number) + ' ';
    return text;
}

std::string target_of(int file) {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), error);
}

int tell_descriptors() {
    say(3, open_descriptors() + target_of(0));
    return 0;
}

int tell_standard_ones() {
    say(3, target_of(0) + ' ' + target_of(1) + ' ' + target_of(2));
    return 0;
}

int tell_numbers() {
    for (int file = 3; file < 6; ++file) say(file, std::to_string(file));
    return 0;
}

int tell_signals() {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    std::string text;
    for (int signal = 1; signal < 32; ++signal) {
        struct sigaction now{};
        ::sigaction(signal, nullptr, &now);
        if (::sigismember(&blocked, signal) == 1) text += "blocked " + std::to_string(signal) + ' ';
        if (now.sa_handler == SIG_IGN) text += "ignored " + std::to_string(signal) + ' ';
    }
    say(3, text);
    return 0;
}

int tell_environment() {
    int roles = 0;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (std::string(*entry).starts_with(std::string(role_variable) + '=')) ++roles;
    const char* other = std::getenv("CONCUR_TEST_OTHER");
    say(3, std::to_string(roles) + ' ' + (other == nullptr ? "none" : other));
    return 0;
}

int wait_for_death() {
    say(3, "here");
    for (;;) ::pause();
}

int end_with_seven() { return 7; }

const std::array roles{
    support::role{"child_start_test.descriptors", tell_descriptors},
    support::role{"child_start_test.standard", tell_standard_ones},
    support::role{"child_start_test.numbers", tell_numbers},
    support::role{"child_start_test.signals", tell_signals},
    support::role{"child_start_test.environment", tell_environment},
    support::role{"child_start_test.wait", wait_for_death},
    support::role{"child_start_test.seven", end_with_seven},
};

// What a program that is started in that role says on its descriptor 3.
std::string said_by(const char* role) {
    auto [read, write] = make_pipe();
    const child_process child = start_self(role, {write.get()});
    write.reset();
    const std::string said = until_end(read);
    const auto end = reap(child, true);
    return end && end->exit_code == 0 ? said : said + " (and failed)";
}

// --- start_self -----------------------------------------------------------------------------------

TEST(child_start_test, the_program_starts_anew_with_the_descriptors_it_is_given_and_no_others) {
    const fd inherited(::open("/dev/null", O_RDONLY));  // not close-on-exec
    EXPECT_EQ(said_by("child_start_test.descriptors"), "0 1 2 3 /dev/null");
}

TEST(child_start_test, descriptors_arrive_in_their_order_whatever_their_numbers_were) {
    const auto child = support::child::run([] {
        std::array<pipe_ends, 3> pipes{make_pipe(), make_pipe(), make_pipe()};
        // The first is to become 3 and lies at 5, and so on crosswise.
        std::array<fd, 3> ends;
        for (auto& p : pipes) p.read.reset(::fcntl(p.read.get(), F_DUPFD_CLOEXEC, 20));
        for (auto& p : pipes) p.write.reset(::fcntl(p.write.get(), F_DUPFD_CLOEXEC, 30));
        for (std::size_t i = 0; i < 3; ++i) ends[i].reset(::dup2(pipes[i].write.get(), 5 - static_cast<int>(i)));
        for (auto& p : pipes) p.write.reset();
        const child_process started =
            start_self("child_start_test.numbers", {ends[0].get(), ends[1].get(), ends[2].get()});
        for (auto& end : ends) end.reset();
        std::string said;
        for (const auto& p : pipes) said += until_end(p.read);
        return std::stoi(said);
    });
    EXPECT_EQ(child.exit_code, 345 & 255);
}

TEST(child_start_test, one_descriptor_can_be_given_more_than_once) {
    auto [read, write] = make_pipe();
    const child_process child = start_self("child_start_test.numbers", {write.get(), write.get(), write.get()});
    write.reset();
    EXPECT_EQ(until_end(read), "345");
    EXPECT_TRUE(reap(child, true));
}

TEST(child_start_test, where_a_standard_descriptor_is_missing_the_new_program_has_dev_null) {
    const auto child = support::child::run([] {
        for (const int file : {0, 1, 2}) ::close(file);
        return said_by("child_start_test.standard") == "/dev/null /dev/null /dev/null" ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_start_test, the_new_program_blocks_and_ignores_no_signal) {
    const auto child = support::child::run([] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        std::signal(SIGINT, SIG_IGN);
        return said_by("child_start_test.signals").empty() ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_start_test, the_new_program_has_the_environment_and_one_role) {
    ASSERT_EQ(::setenv("CONCUR_TEST_OTHER", "kept", 1), 0);
    ASSERT_EQ(::setenv(role_variable, "child_start_test.seven", 1), 0);
    EXPECT_EQ(said_by("child_start_test.environment"), "1 kept");
    ::unsetenv(role_variable);
}

// The text of the std::system_error that start_self throws.
std::string failure_of_start() {
    try {
        const child_process child = start_self("child_start_test.seven", {});
        reap(child, true);
        return "none";
    } catch (const std::system_error& e) {
        return e.what();
    }
}

TEST(child_start_test, where_the_image_cannot_be_found_the_text_says_what_to_do) {
    const injected failing(injected::system_call::spawn, ENOENT, 1, true);
    const std::string text = failure_of_start();
    EXPECT_NE(text.find("mount /proc, or use start_method::fork"), text.npos) << text;
}

TEST(child_start_test, without_proc_the_path_that_it_was_started_by_is_tried) {
    const injected failing(injected::system_call::spawn, ENOENT);
    const std::string text = failure_of_start();
    EXPECT_TRUE(text == "none" || text.find("mount /proc") != text.npos) << text;
}

TEST(child_start_test, the_text_names_the_limit_that_was_met) {
    const injected failing(injected::system_call::spawn, EAGAIN);
    const std::string text = failure_of_start();
    EXPECT_NE(text.find("ulimit -u"), text.npos) << text;
}

TEST(child_start_test, a_child_that_cannot_be_watched_is_killed) {
    const support::held before;
    auto [read, write] = make_pipe();
    {
        const injected failing(injected::system_call::pidfd_open, EMFILE);
        EXPECT_THROW(start_self("child_start_test.wait", {write.get()}), std::system_error);
    }
    write.reset();
    until_end(read);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    read.reset();
    EXPECT_EQ(support::held(), before);
}

// --- where the system is not what it usually is ---------------------------------------------------------

TEST(child_start_test, no_start_that_fails_leaves_anything_behind) {
    const support::held before;
    for (const auto what : {injected::system_call::spawn, injected::system_call::pidfd_open})
        for (const int error : {EAGAIN, ENOMEM, EMFILE, ENOENT}) {
            const injected failing(what, error, 1, true);
            EXPECT_NE(failure_of_start(), "none");
            EXPECT_EQ(support::held(), before);
        }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(child_start_test, without_free_descriptors_nothing_starts_and_the_text_says_why) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer needs descriptors of its own";
    const auto child = support::child::run([] {
        rlimit all{}, few{};
        ::getrlimit(RLIMIT_NOFILE, &all);
        const auto before = support::open_files();
        // From none that is free to as many as it takes.
        for (rlim_t most = 3;; ++most) {
            few = {most, all.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &few);
            const std::string text = failure_of_start();
            ::setrlimit(RLIMIT_NOFILE, &all);
            if (support::open_files() != before) return 1;
            if (text == "none") return most > 3 ? 0 : 2;
            const bool named = text.find("ulimit -n") != text.npos || text.find("/dev/null") != text.npos;
            if (!named || most > 100) return 3;
        }
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_start_test, a_descriptor_that_is_none_cannot_be_given) {
    const support::held before;
    EXPECT_THROW(start_self("child_start_test.seven", {1, -1}), std::system_error);
    EXPECT_THROW(start_self("child_start_test.seven", {100'000}), std::system_error);
    EXPECT_EQ(support::held(), before);
}

TEST(child_start_test, a_kernel_without_close_range_starts_programs_without_our_descriptors_too) {
    const auto child = support::child::run([] {
        if (!support::refuse_call(SYS_close_range, ENOSYS)) return 77;
        const fd inherited(::open("/dev/null", O_RDONLY));
        return said_by("child_start_test.descriptors") == "0 1 2 3 /dev/null" ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_start_test, on_a_kernel_without_pidfds_the_text_says_what_is_needed) {
    const auto child = support::child::run([] {
        if (!support::refuse_call(SYS_pidfd_open, ENOSYS)) return 77;
        return failure_of_start().find("Linux 5.4") != std::string::npos ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

// A child of a test that sees the machine without /proc; 77: it may not make itself one.
int without_proc(const std::function<int()>& fn) {
    const auto child = support::child::run([&fn] {
        if (::unshare(CLONE_NEWNS) != 0) return 77;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
        if (::umount2("/proc", MNT_DETACH) != 0) return 77;
        return fn();
    });
    return child.exit_code.value_or(-1);
}

TEST(child_start_test, without_proc_the_program_starts_by_the_path_that_started_it) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer reads /proc when it starts";
    const auto* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    const bool absolute = path != nullptr && path[0] == '/';
    const int code = without_proc([&] {
        const std::string text = failure_of_start();
        if (absolute) return text == "none" ? 0 : 1;
        return text.find("mount /proc, or use start_method::fork") != text.npos ? 0 : 2;
    });
    if (code == 77) GTEST_SKIP() << "no right to take /proc away";
    EXPECT_EQ(code, 0);
}

TEST(child_start_test, without_proc_threads_cannot_be_counted_and_forks_work) {
    const int code = without_proc([] {
        if (thread_count() != 0) return 1;
        const child_process child = fork_self();
        if (child.pid == 0) leave(limit_memory(1'000'000) ? 3 : 4);
        return reap(child, true)->exit_code.value_or(0) == 3 ? 0 : 2;
    });
    if (code == 77) GTEST_SKIP() << "no right to take /proc away";
    EXPECT_EQ(code, 0);
}

TEST(child_start_test, many_can_be_started_by_many_threads_at_once) {
    const support::held before;
    constexpr int threads = 4, each = 10;
    std::atomic<int> sevens{0};
    {
        std::vector<std::jthread> starting;
        for (int t = 0; t < threads; ++t)
            starting.emplace_back([&] {
                for (int i = 0; i < each; ++i) {
                    const child_process child = start_self("child_start_test.seven", {1, 2});
                    const auto end = reap(child, true);
                    sevens += end && end->exit_code == 7 ? 1 : 0;
                }
            });
    }
    EXPECT_EQ(sevens, threads * each);
    EXPECT_EQ(support::held(), before);
}

}  // namespace
