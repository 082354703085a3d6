#include "concur/platform/process_tree.hpp"

#include "concur/platform/child_process.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace concur::platform;

[[noreturn]] void stay(const support::door& d) {
    d.come();
    for (;;) ::pause();
}

// A child of the test that does `fn`, until the test is over.
class child {
public:
    template <class F>
    explicit child(F fn) : pid(::fork()) {
        if (pid == 0) fn(), ::_exit(0);
    }
    ~child() {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    const pid_t pid;
};

TEST(process_tree_test, kills_what_is_below_whatever_its_group_and_session) {
    const support::process_gate gate;
    const child top([&] {
        for (int i = 0; i < 2; ++i) {
            if (::fork() != 0) continue;
            ::setsid();
            if (::fork() == 0) ::setpgid(0, 0);
            stay(gate.door);
        }
        stay(gate.door);
    });
    ASSERT_TRUE(gate.door.until_came(5));
    const auto below = support::descendants_of(top.pid);
    ASSERT_EQ(below.size(), 4U);
    kill_descendants(top.pid);
    for (const auto pid : below) EXPECT_TRUE(support::until_gone(pid));
    EXPECT_TRUE(support::is_alive(top.pid)) << "it is not killed itself";
    EXPECT_EQ(support::status_of(std::to_string(top.pid)).at(0), "T");
}

TEST(process_tree_test, kills_what_is_below_the_caller_and_not_the_caller) {
    const support::process_gate gate;
    const child top([&] {
        if (::fork() == 0) {
            ::setsid();
            ::fork();
            stay(gate.door);
        }
        gate.door.until_came(2);
        kill_own_descendants();
        stay(gate.door);
    });
    ASSERT_TRUE(gate.door.until_came(3));
    EXPECT_TRUE(support::until([&] { return support::descendants_of(top.pid).empty(); }));
    EXPECT_TRUE(support::is_alive(top.pid));
}

TEST(process_tree_test, finds_the_children_of_each_thread) {
    const support::process_gate gate;
    const child top([&] {
        std::thread([&] {
            if (::fork() == 0) stay(gate.door);
            stay(gate.door);
        }).join();
    });
    ASSERT_TRUE(gate.door.until_came(2));
    const auto below = support::descendants_of(top.pid);
    ASSERT_EQ(below.size(), 1U);
    kill_descendants(top.pid);
    EXPECT_TRUE(support::until_gone(below[0]));
}

TEST(process_tree_test, finds_what_is_started_meanwhile) {
    const support::process_gate gate;
    const child top([&] {
        const int all = support::is_sanitized() ? 40 : 200;  // such a fork() takes very long
        for (int left = all; left > 0; --left) {
            if (::fork() == 0) {
                ::setsid();
                stay(gate.door);
            }
            if (left == all - 10) gate.door.come();
        }
        stay(gate.door);
    });
    ASSERT_TRUE(gate.door.until_came(5));
    kill_descendants(top.pid);
    EXPECT_TRUE(support::until([&] { return support::descendants_of(top.pid).empty(); }));
}

TEST(process_tree_test, does_nothing_to_others) {
    const support::process_gate gate;
    const child top([&] { stay(gate.door); }), neighbour([&] { stay(gate.door); });
    ASSERT_TRUE(gate.door.until_came(2));
    kill_descendants(top.pid);
    kill_descendants(top.pid);
    EXPECT_TRUE(support::is_alive(neighbour.pid));
    EXPECT_NE(support::status_of(std::to_string(neighbour.pid)).at(0), "T");
}

}  // namespace
