#include "concur/multiprocessing/server_link.hpp"

#include "concur/multiprocessing/start_method.hpp"
#include "multiprocessing/hired.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <system_error>

namespace {

using namespace concur::multiprocessing;
using support::far_worker;
using support::injected;
namespace platform = concur::platform;
using kind = server_report::kind;

int add(int a, int b) { return a + b; }

struct server_link_test : testing::TestWithParam<start_method> {
    // The next report; waits for it.
    server_report next(server_link& server, kind expected) {
        server_report report{};
        pollfd ready{server.socket(), POLLIN, 0};
        EXPECT_EQ(::poll(&ready, 1, 30'000), 1);
        EXPECT_EQ(server.next_report(report, pidfd), platform::transfer::done);
        EXPECT_EQ(report.what, expected);
        return report;
    }
    static bool start(server_link& server, std::uint64_t id, far_worker& w) {
        const bool told = server.start_worker(id, w.memory.file.get(), w.their_socket.get(), w.their_errors.get());
        w.give_up_their_ends();
        return told;
    }
    platform::fd pidfd;
};

std::string name_of(const testing::TestParamInfo<start_method>& how) {
    switch (how.param) {
        case start_method::forkserver: return "forkserver";
        case start_method::spawn: return "spawn";
        case start_method::fork: break;
    }
    return "fork";
}
INSTANTIATE_TEST_SUITE_P(, server_link_test,
                         testing::Values(start_method::forkserver, start_method::spawn, start_method::fork), name_of);

TEST_P(server_link_test, starts_a_server_that_says_hello) {
    server_link server(GetParam(), nullptr);
    EXPECT_GT(next(server, kind::hello).pid, 0);
    server_report none{};
    EXPECT_EQ(server.next_report(none, pidfd), platform::transfer::would_block);
}

TEST_P(server_link_test, has_workers_started_that_do_work) {
    server_link server(GetParam(), nullptr);
    next(server, kind::hello);
    far_worker worker;
    EXPECT_TRUE(start(server, 5, worker));
    const server_report started = next(server, kind::started);
    EXPECT_EQ(started.worker, 5u);
    EXPECT_TRUE(pidfd);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
    EXPECT_TRUE(server.signal_worker(5, SIGTERM));
    const server_report ended = next(server, kind::ended);
    EXPECT_EQ(ended.pid, started.pid);
    EXPECT_EQ(ended.signal, SIGTERM);
}

TEST_P(server_link_test, ends_the_server_and_its_workers_at_its_end) {
    const support::held before;
    far_worker worker;
    {
        server_link server(GetParam(), nullptr);
        start(server, 1, worker);
        next(server, kind::hello);
        next(server, kind::started);
        worker.ask([] { ::pause(); });
    }
    EXPECT_EQ(worker.words(), "") << "nobody can write there any more";
    pollfd ended{pidfd.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, 30'000), 1);
}

TEST_P(server_link_test, tells_that_the_server_is_gone) {
    server_link server(GetParam(), nullptr);
    const server_report hello = next(server, kind::hello);
    const platform::fd process = platform::open_pidfd(hello.pid);
    platform::send_signal(process, SIGKILL);
    pollfd ended{process.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ended, 1, 30'000), 1);
    server_report none{};
    EXPECT_EQ(server.next_report(none, pidfd), platform::transfer::closed);
    far_worker worker;
    EXPECT_FALSE(start(server, 1, worker));
    EXPECT_FALSE(server.signal_worker(1, SIGTERM));
}

TEST_P(server_link_test, keeps_nothing_where_the_system_refuses) {
    const auto call = GetParam() == start_method::fork ? platform::system_call::fork : platform::system_call::spawn;
    for (const auto refused : {platform::system_call::socketpair, call}) {
        const support::held before;
        {
            const injected failure(refused, EMFILE);
            EXPECT_THROW(server_link(GetParam(), nullptr), std::system_error);
        }
        EXPECT_EQ(support::held(), before);
    }
}

// In a child of fork() the server is the parent's, and goes on.
TEST_P(server_link_test, leaves_a_server_alone_that_is_another_process) {
    auto* const server = new server_link(GetParam(), nullptr);
    next(*server, kind::hello);
    const platform::child_process child = platform::fork_self();
    if (child.pid == 0) {
        server->abandon();
        delete server;
        platform::leave(0);
    }
    EXPECT_EQ(platform::reap(child, true)->exit_code, 0);
    far_worker worker;
    EXPECT_TRUE(start(*server, 1, worker));
    next(*server, kind::started);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
    delete server;
}

TEST(forked_server_test, has_what_the_program_had_in_memory) {
    static int in_memory = 0;
    in_memory = 42;
    server_link server(start_method::fork, nullptr);
    in_memory = 43;
    far_worker worker;
    server.start_worker(1, worker.memory.file.get(), worker.their_socket.get(), worker.their_errors.get());
    worker.give_up_their_ends();
    worker.ask([] { return in_memory; });
    EXPECT_EQ(worker.value<int>(), 42);
}

TEST(forkserver_test, has_run_nothing_of_main) {
    static int in_memory = 0;
    in_memory = 42;
    server_link server(start_method::forkserver, nullptr);
    far_worker worker;
    server.start_worker(1, worker.memory.file.get(), worker.their_socket.get(), worker.their_errors.get());
    worker.give_up_their_ends();
    worker.ask([] { return in_memory; });
    EXPECT_EQ(worker.value<int>(), 0);
}

}  // namespace
