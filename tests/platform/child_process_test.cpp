#include "concur/platform/child_process.hpp"

#include "concur/platform/poller.hpp"
#include "platform/roles.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <poll.h>
#include <set>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace concur::platform;
using support::injected;

// All that `file` has until its other end is closed everywhere; "(late)": it stays open for too long.
std::string until_end(const fd& file) {
    std::string text;
    for (;;) {
        pollfd ready{file.get(), POLLIN, 0};
        if (::poll(&ready, 1, 30'000) == 0) return "(late)";
        std::array<char, 4096> piece;
        const ssize_t n = ::read(file.get(), piece.data(), piece.size());
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

void say(int file, const std::string& text) { write_all(file, text.data(), text.size()); }

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
    support::role{"child_process_test.descriptors", tell_descriptors},
    support::role{"child_process_test.standard", tell_standard_ones},
    support::role{"child_process_test.numbers", tell_numbers},
    support::role{"child_process_test.signals", tell_signals},
    support::role{"child_process_test.environment", tell_environment},
    support::role{"child_process_test.wait", wait_for_death},
    support::role{"child_process_test.seven", end_with_seven},
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

TEST(child_process_test, the_program_starts_anew_with_the_descriptors_it_is_given_and_no_others) {
    const fd inherited(::open("/dev/null", O_RDONLY));  // not close-on-exec
    EXPECT_EQ(said_by("child_process_test.descriptors"), "0 1 2 3 /dev/null");
}

TEST(child_process_test, descriptors_arrive_in_their_order_whatever_their_numbers_were) {
    const auto child = support::child::run([] {
        std::array<pipe_ends, 3> pipes{make_pipe(), make_pipe(), make_pipe()};
        // The first is to become 3 and lies at 5, and so on crosswise.
        std::array<fd, 3> ends;
        for (auto& p : pipes) p.read.reset(::fcntl(p.read.get(), F_DUPFD_CLOEXEC, 20));
        for (auto& p : pipes) p.write.reset(::fcntl(p.write.get(), F_DUPFD_CLOEXEC, 30));
        for (std::size_t i = 0; i < 3; ++i) ends[i].reset(::dup2(pipes[i].write.get(), 5 - static_cast<int>(i)));
        for (auto& p : pipes) p.write.reset();
        const child_process started =
            start_self("child_process_test.numbers", {ends[0].get(), ends[1].get(), ends[2].get()});
        for (auto& end : ends) end.reset();
        std::string said;
        for (const auto& p : pipes) said += until_end(p.read);
        return std::stoi(said);
    });
    EXPECT_EQ(child.exit_code, 345 & 255);
}

TEST(child_process_test, one_descriptor_can_be_given_more_than_once) {
    auto [read, write] = make_pipe();
    const child_process child = start_self("child_process_test.numbers", {write.get(), write.get(), write.get()});
    write.reset();
    EXPECT_EQ(until_end(read), "345");
    EXPECT_TRUE(reap(child, true));
}

TEST(child_process_test, where_a_standard_descriptor_is_missing_the_new_program_has_dev_null) {
    const auto child = support::child::run([] {
        for (const int file : {0, 1, 2}) ::close(file);
        return said_by("child_process_test.standard") == "/dev/null /dev/null /dev/null" ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_process_test, the_new_program_blocks_and_ignores_no_signal) {
    const auto child = support::child::run([] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        std::signal(SIGINT, SIG_IGN);
        return said_by("child_process_test.signals").empty() ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(child_process_test, the_new_program_has_the_environment_and_one_role) {
    ASSERT_EQ(::setenv("CONCUR_TEST_OTHER", "kept", 1), 0);
    ASSERT_EQ(::setenv(role_variable, "child_process_test.seven", 1), 0);
    EXPECT_EQ(said_by("child_process_test.environment"), "1 kept");
    ::unsetenv(role_variable);
}

// The text of the std::system_error that start_self throws.
std::string failure_of_start() {
    try {
        const child_process child = start_self("child_process_test.seven", {});
        reap(child, true);
        return "none";
    } catch (const std::system_error& e) {
        return e.what();
    }
}

TEST(child_process_test, where_the_image_cannot_be_found_the_text_says_what_to_do) {
    const injected failing(injected::system_call::spawn, ENOENT, 1, true);
    const std::string text = failure_of_start();
    EXPECT_NE(text.find("mount /proc, or use start_method::fork"), text.npos) << text;
}

TEST(child_process_test, without_proc_the_path_that_it_was_started_by_is_tried) {
    const injected failing(injected::system_call::spawn, ENOENT);
    const std::string text = failure_of_start();
    EXPECT_TRUE(text == "none" || text.find("mount /proc") != text.npos) << text;
}

TEST(child_process_test, the_text_names_the_limit_that_was_met) {
    const injected failing(injected::system_call::spawn, EAGAIN);
    const std::string text = failure_of_start();
    EXPECT_NE(text.find("ulimit -u"), text.npos) << text;
}

TEST(child_process_test, a_child_that_cannot_be_watched_is_killed) {
    const support::held before;
    auto [read, write] = make_pipe();
    {
        const injected failing(injected::system_call::pidfd_open, EMFILE);
        EXPECT_THROW(start_self("child_process_test.wait", {write.get()}), std::system_error);
    }
    write.reset();
    until_end(read);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    read.reset();
    EXPECT_EQ(support::held(), before);
}

// --- reap and signals ---------------------------------------------------------------------------------

TEST(child_process_test, an_end_is_told_once_and_nothing_is_left) {
    const support::held before;
    {
        const child_process child = start_self("child_process_test.seven", {});
        const auto end = reap(child, true);
        ASSERT_TRUE(end);
        EXPECT_EQ(end->exit_code, 7);
        EXPECT_FALSE(end->signal);
        EXPECT_GT(end->peak_memory, 100'000);
        EXPECT_FALSE(reap(child));
        EXPECT_FALSE(reap(child, true));
    }
    EXPECT_EQ(support::held(), before);
}

TEST(child_process_test, a_child_that_lives_has_no_end_yet_and_a_signal_ends_it) {
    auto [read, write] = make_pipe();
    const child_process child = start_self("child_process_test.wait", {write.get()});
    write.reset();
    EXPECT_FALSE(reap(child));
    EXPECT_TRUE(send_signal(child.pidfd, SIGTERM));
    const auto end = reap(child, true);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->signal, SIGTERM);
    EXPECT_FALSE(end->exit_code);
    EXPECT_FALSE(send_signal(child.pidfd, SIGTERM));
}

TEST(child_process_test, a_pidfd_can_be_read_once_its_process_has_ended) {
    const child_process child = fork_self();
    if (child.pid == 0) ::pause();
    poller p;
    p.add(child.pidfd.get(), 1);
    std::array<poller::event, poller::most_events> found;
    EXPECT_EQ(p.wait(found, 0), 0);
    EXPECT_TRUE(send_signal(child.pidfd, SIGKILL));
    EXPECT_EQ(p.wait(found), 1);
    EXPECT_TRUE(reap(child));
}

TEST(child_process_test, the_time_that_a_child_has_used_is_told) {
    const child_process child = fork_self();
    if (child.pid == 0) {
        while (std::clock() < CLOCKS_PER_SEC / 20) {
        }
        leave(0);
    }
    const auto end = reap(child, true);
    ASSERT_TRUE(end);
    EXPECT_GE(end->cpu_ns, 20'000'000);
    EXPECT_LT(end->cpu_ns, 20'000'000'000);
}

TEST(child_process_test, fork_self_is_a_copy_that_is_told_apart) {
    const std::int64_t parent = this_pid();
    const child_process child = fork_self();
    if (child.pid == 0) leave(!child.pidfd && this_pid() != parent ? 3 : 4);
    EXPECT_GT(child.pid, 0);
    EXPECT_EQ(reap(child, true)->exit_code, 3);
}

TEST(child_process_test, a_fork_that_the_system_refuses_throws) {
    const support::held before;
    for (const auto what : {injected::system_call::fork, injected::system_call::pidfd_open}) {
        const injected failing(what, EAGAIN);
        EXPECT_THROW(
            {
                const child_process child = fork_self();
                if (child.pid == 0) ::pause();
            },
            std::system_error);
    }
    EXPECT_EQ(support::held(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(child_process_test, there_is_no_pidfd_for_nobody) {
    EXPECT_TRUE(open_pidfd(this_pid()));
    for (const std::int64_t nobody : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40U})
        EXPECT_FALSE(open_pidfd(nobody)) << nobody;
    EXPECT_FALSE(send_signal(fd(), 0));
}

TEST(child_process_test, a_whole_group_is_signalled_and_never_everybody) {
    auto [read, write] = make_pipe();
    const child_process child = fork_self();
    if (child.pid == 0) {
        ::setpgid(0, 0);
        const child_process grandchild = fork_self();
        say(write.get(), grandchild.pid == 0 ? "g" : "c");
        for (;;) ::pause();
    }
    write.reset();
    std::array<char, 2> said{};
    for (std::size_t i = 0; i < said.size();)
        if (::read(read.get(), &said[i], 1) == 1) ++i;
    EXPECT_TRUE(signal_group(child.pid, SIGKILL));
    until_end(read);  // both are gone
    EXPECT_EQ(reap(child, true)->signal, SIGKILL);
    for (const std::int64_t everybody : {0, 1, -1}) EXPECT_FALSE(signal_group(everybody, 0));
}

}  // namespace
