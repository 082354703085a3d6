#include "concur/platform/child_process.hpp"

#include "concur/platform/poller.hpp"
#include "platform/roles.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace {

using namespace concur::platform;
using support::injected;
using support::say;
using support::until_end;

// --- what the program does when it is started anew ----------------------------------------------------

int wait_for_death() {
    say(3, "here");
    for (;;) ::pause();
}

int end_with_seven() { return 7; }

const std::array roles{
    support::role{"child_process_test.wait", wait_for_death},
    support::role{"child_process_test.seven", end_with_seven},
};

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

TEST(child_process_test, the_group_of_a_process_that_was_reaped_can_still_be_ended_by_its_pidfd) {
    auto [read, write] = make_pipe();
    const child_process child = fork_self();
    if (child.pid == 0) {
        ::setpgid(0, 0);
        if (fork_self().pid != 0) leave(0);
        say(write.get(), "g");
        for (;;) ::pause();
    }
    write.reset();
    char said = 0;
    while (::read(read.get(), &said, 1) != 1) continue;
    EXPECT_EQ(reap(child, true)->exit_code, 0);
    if (!signal_group(child.pidfd, SIGKILL)) GTEST_SKIP() << "that takes Linux 6.9";
    until_end(read);
}

TEST(child_process_test, the_end_of_a_process_is_waited_for_only_so_long) {
    const child_process child = fork_self();
    if (child.pid == 0)
        for (;;) ::pause();
    EXPECT_FALSE(wait_for_end(child.pidfd, 0));
    EXPECT_FALSE(wait_for_end(child.pidfd, 2'000'000));
    send_signal(child.pidfd, SIGKILL);
    EXPECT_TRUE(wait_for_end(child.pidfd, 30'000'000'000));
    reap(child, true);
    EXPECT_TRUE(wait_for_end(child.pidfd, 0)) << "reaped";
    EXPECT_TRUE(wait_for_end(fd(), 30'000'000'000)) << "there is none";
}

TEST(child_process_test, where_children_are_reaped_by_the_system_an_end_cannot_be_told) {
    const auto child = support::child::run([] {
        std::signal(SIGCHLD, SIG_IGN);
        auto [read, write] = make_pipe();
        const child_process started = start_self("child_process_test.wait", {write.get()});
        write.reset();
        if (reap(started) || !send_signal(started.pidfd, SIGKILL)) return 1;
        until_end(read);
        return reap(started, true) ? 2 : 0;
    });
    EXPECT_EQ(child.exit_code, 0);
}

}  // namespace
