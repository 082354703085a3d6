#include "concur/multiprocessing/server.hpp"

#include "concur/multiprocessing/wire.hpp"
#include "multiprocessing/hired.hpp"
#include "support/injected.hpp"
#include "support/processes.hpp"

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using support::far_worker;
using support::injected;
namespace platform = concur::platform;

int add(int a, int b) { return a + b; }
int my_parent() { return static_cast<int>(::getppid()); }
void sleep_for_ever() {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));  // sleeps: until it is killed
}

bool ends(const platform::fd& pidfd) {
    pollfd ended{pidfd.get(), POLLIN, 0};
    return ::poll(&ended, 1, 30'000) == 1;
}

// A server in a child of fork(), and the test as its pool.
struct served {
    explicit served(bool spawn = false, const local_initializer* initializer = nullptr, void (*prepare)() = nullptr) {
        platform::socket_pair pair = platform::make_socket_pair();
        const std::int64_t me = platform::this_pid();
        child = platform::fork_self();
        if (child.pid == 0) {
            pair.here.reset();
            platform::settle_as_server();
            if (prepare != nullptr) prepare();
            platform::leave(run_server(std::move(pair.there), me, spawn, initializer));
        }
        socket = std::move(pair.here);
    }
    ~served() {
        socket.reset();
        if (child.pid != 0) platform::reap(child, true);
    }

    void order(const server_order& o, std::initializer_list<int> fds = {}) const {
        EXPECT_EQ(platform::send_packet(socket.get(), &o, sizeof o, fds), platform::transfer::done);
    }
    void start(std::uint64_t id, far_worker& w) const {
        order({.what = server_order::kind::start, .worker = id},
              {w.memory.file.get(), w.their_socket.get(), w.their_errors.get()});
        w.give_up_their_ends();
    }
    void signal(std::uint64_t id, int number) const {
        order({.what = server_order::kind::signal, .signal = static_cast<std::uint32_t>(number), .worker = id});
    }

    // The next report; waits for it.
    server_report next() {
        server_report report{};
        platform::packet from;
        EXPECT_EQ(platform::receive_packet(socket.get(), &report, sizeof report, from, true), platform::transfer::done);
        EXPECT_EQ(from.size, sizeof report);
        pidfd = from.fd_count > 0 ? std::move(from.fds[0]) : platform::fd();
        return report;
    }
    server_report next(server_report::kind kind) {
        const server_report report = next();
        EXPECT_EQ(report.what, kind);
        return report;
    }

    platform::child_process child;
    platform::fd socket;
    platform::fd pidfd;  // that came with the last report
};

using kind = server_report::kind;

// A server of its own for `worker`, which it has started as number 1.
std::unique_ptr<served> serving(far_worker& worker, bool spawn) {
    auto one = std::make_unique<served>(spawn);
    one->next(kind::hello);
    one->start(1, worker);
    one->next(kind::started);
    return one;
}

struct server_test : testing::TestWithParam<bool> {
    served server{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(, server_test, testing::Bool(),
                         [](const auto& spawn) { return spawn.param ? "spawning" : "forking"; });

TEST_P(server_test, says_hello_and_who_it_is) {
    const server_report hello = server.next(kind::hello);
    EXPECT_EQ(hello.pid, server.child.pid);
}

TEST_P(server_test, starts_a_worker_and_tells_who_it_is_and_how_it_ended) {
    server.next(kind::hello);
    far_worker worker;
    server.start(7, worker);
    const server_report started = server.next(kind::started);
    EXPECT_EQ(started.worker, 7u);
    EXPECT_GT(started.pid, 0);
    ASSERT_TRUE(server.pidfd);
    const platform::fd pidfd = std::move(server.pidfd);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
    worker.ask(my_parent);
    EXPECT_EQ(worker.value<int>(), server.child.pid);
    worker.retire();
    const server_report ended = server.next(kind::ended);
    EXPECT_EQ(ended.worker, 7u);
    EXPECT_EQ(ended.pid, started.pid);
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.signal, 0);
    EXPECT_EQ(ended.as_ordered, 0u);
    EXPECT_GT(ended.peak_memory, 0);
    EXPECT_TRUE(ends(pidfd));
}

// It closes them before it tells that the worker runs: from then on a death is seen by the connection.
TEST_P(server_test, holds_no_end_of_a_worker_that_it_has_told_of) {
    server.next(kind::hello);
    for (std::uint64_t id = 0; id < 20; ++id) {
        far_worker worker;
        server.start(id, worker);
        server.next(kind::started);
        const platform::fd pidfd = std::move(server.pidfd);
        ASSERT_TRUE(platform::send_signal(server.child.pidfd, SIGSTOP));
        ASSERT_TRUE(platform::send_signal(pidfd, SIGKILL));
        pollfd hung_up{worker.socket.get(), 0, 0};
        EXPECT_EQ(::poll(&hung_up, 1, 5'000), 1) << "the server, which is stopped, has it still";
        ASSERT_TRUE(platform::send_signal(server.child.pidfd, SIGCONT));
        server.next(kind::ended);
    }
}

TEST_P(server_test, starts_many_that_know_nothing_of_each_other) {
    server.next(kind::hello);
    std::vector<std::unique_ptr<far_worker>> workers;
    for (std::uint64_t id = 0; id < 8; ++id) {
        workers.push_back(std::make_unique<far_worker>());
        server.start(id, *workers.back());
    }
    for (std::uint64_t id = 0; id < 8; ++id) EXPECT_EQ(server.next(kind::started).worker, id);
    for (auto& w : workers) w->ask(add, 1, 2);
    for (auto& w : workers) EXPECT_EQ(w->value<int>(), 3);
    workers[3]->ask(&::_exit, 9);
    const server_report ended = server.next(kind::ended);
    EXPECT_EQ(ended.worker, 3u);
    EXPECT_EQ(ended.exit_code, 9);
    for (std::uint64_t id = 0; id < 8; ++id) {
        if (id == 3) continue;
        workers[id]->ask(add, 3, 4);
        EXPECT_EQ(workers[id]->value<int>(), 7);
    }
}

TEST_P(server_test, tells_which_signal_a_worker_died_of_and_whether_that_was_ordered) {
    server.next(kind::hello);
    far_worker worker;
    server.start(1, worker);
    server.next(kind::started);
    worker.ask(sleep_for_ever);
    server.signal(1, SIGKILL);
    server_report ended = server.next(kind::ended);
    EXPECT_EQ(ended.signal, SIGKILL);
    EXPECT_EQ(ended.exit_code, -1);
    EXPECT_NE(ended.as_ordered, 0u);
    far_worker other;
    server.start(2, other);
    server.next(kind::started);
    other.ask([] { ::raise(SIGKILL); });
    ended = server.next(kind::ended);
    EXPECT_EQ(ended.worker, 2u);
    EXPECT_EQ(ended.signal, SIGKILL);
    EXPECT_EQ(ended.as_ordered, 0u);
}

// What a worker has left running goes with it.
TEST_P(server_test, ends_what_a_worker_started_together_with_it) {
    server.next(kind::hello);
    far_worker worker;
    server.start(1, worker);
    server.next(kind::started);
    worker.ask([] {
        const pid_t pid = ::fork();
        if (pid == 0) sleep_for_ever();
        return static_cast<std::int64_t>(pid);
    });
    const platform::fd grandchild = platform::open_pidfd(worker.value<std::int64_t>());
    ASSERT_TRUE(grandchild);
    worker.retire();
    EXPECT_EQ(server.next(kind::ended).exit_code, 0);
    EXPECT_TRUE(ends(grandchild));
}

TEST_P(server_test, ends_what_has_left_the_group_of_a_worker_that_it_is_told_to_kill) {
    for (const bool told : {true, false}) {
        far_worker worker;
        const auto own = serving(worker, GetParam());
        served& one = *own;
        worker.ask([] {
            const pid_t pid = ::fork();
            if (pid == 0) ::setsid(), sleep_for_ever();
            return static_cast<std::int64_t>(pid);
        });
        const platform::fd grandchild = platform::open_pidfd(worker.value<std::int64_t>());
        ASSERT_TRUE(grandchild);
        if (told) one.signal(1, SIGKILL);
        else one.socket.reset();
        EXPECT_TRUE(ends(grandchild));
    }
}

TEST_P(server_test, leaves_nothing_that_has_left_the_group_of_a_worker_that_retires_or_is_told_to_end) {
    for (const bool retires : {true, false}) {
        far_worker worker;
        const auto own = serving(worker, GetParam());
        served& one = *own;
        worker.ask([] {
            const pid_t pid = ::fork();
            if (pid == 0) ::setsid(), ::fork(), sleep_for_ever();
            return static_cast<std::int64_t>(pid);
        });
        const auto child = worker.value<std::int64_t>();
        std::vector<std::int64_t> below;
        ASSERT_TRUE(support::until([&] { return !(below = support::descendants_of(child)).empty(); }));
        if (retires) worker.retire();
        else one.signal(1, SIGTERM);
        const auto end = one.next(kind::ended);
        EXPECT_TRUE(retires ? end.exit_code == 0 : end.signal == SIGTERM);
        EXPECT_TRUE(support::until_gone(child));
        EXPECT_TRUE(support::until_gone(below[0]));
    }
}

TEST_P(server_test, kills_its_workers_and_ends_when_nobody_listens_to_it_any_more) {
    server.next(kind::hello);
    far_worker busy, idle;
    server.start(1, busy);
    server.next(kind::started);
    const platform::fd first = std::move(server.pidfd);
    server.start(2, idle);
    server.next(kind::started);
    const platform::fd second = std::move(server.pidfd);
    busy.ask(sleep_for_ever);
    server.socket.reset();
    const auto how = platform::reap(server.child, true);
    server.child.pid = 0;
    EXPECT_EQ(how->exit_code, 0);
    EXPECT_TRUE(ends(first));
    EXPECT_TRUE(ends(second));
}

// --- orders that are none -----------------------------------------------------------------------------

TEST_P(server_test, does_nothing_for_orders_that_it_does_not_understand) {
    server.next(kind::hello);
    platform::send_packet(server.socket.get(), "?", 1);
    std::vector<char> long_one(1000, 'x');
    platform::send_packet(server.socket.get(), long_one.data(), long_one.size());
    server.order({.what = server_order::kind::start, .worker = 1});
    server.order({.what = server_order::kind::start, .worker = 1}, {0, 1});
    server.order({.what = server_order::kind::start, .worker = 1}, {0, 1, 2, 0, 1, 2, 0, 1});
    server.signal(99, SIGKILL);
    far_worker worker;
    server.start(2, worker);
    EXPECT_EQ(server.next(kind::started).worker, 2u) << "and this is the first that it did";
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
}

TEST_P(server_test, starts_a_worker_that_ends_at_once_where_its_descriptors_are_of_no_use) {
    server.next(kind::hello);
    const platform::pipe_ends pipe = platform::make_pipe();
    server.order({.what = server_order::kind::start, .worker = 1},
                 {pipe.read.get(), pipe.read.get(), pipe.write.get()});
    server.next(kind::started);
    const server_report ended = server.next(kind::ended);
    EXPECT_EQ(ended.exit_code, 70);
}

// --- the system refuses -------------------------------------------------------------------------------

template <platform::system_call call, int error>
void refuse_once() {
    static const injected failure(call, error);
}

TEST(forking_server_test, tells_that_a_worker_could_not_be_started_and_goes_on) {
    served server(false, nullptr, &refuse_once<platform::system_call::fork, EAGAIN>);
    server.next(kind::hello);
    far_worker first, second;
    server.start(1, first);
    const server_report refused = server.next(kind::not_started);
    EXPECT_EQ(refused.worker, 1u);
    EXPECT_EQ(refused.error, EAGAIN);
    server.start(2, second);
    EXPECT_EQ(server.next(kind::started).worker, 2u);
}

TEST(spawning_server_test, tells_that_a_worker_could_not_be_started_and_goes_on) {
    served server(true, nullptr, &refuse_once<platform::system_call::spawn, ENOMEM>);
    server.next(kind::hello);
    far_worker first, second;
    server.start(1, first);
    EXPECT_EQ(server.next(kind::not_started).error, ENOMEM);
    server.start(2, second);
    EXPECT_EQ(server.next(kind::started).worker, 2u);
}

// The first that is about a worker: before it come the poller's own two, the socket's and the pool's.
template <int nth>
void refuse_to_poll() {
    static const injected failure(platform::system_call::epoll, ENOSPC, nth);
}

TEST(forking_server_test, leaves_no_worker_behind_that_it_cannot_watch) {
    served server(false, nullptr, &refuse_to_poll<5>);
    server.next(kind::hello);
    far_worker worker;
    server.start(1, worker);
    EXPECT_EQ(server.next(kind::not_started).error, ENOSPC);
    worker.socket.reset();
    EXPECT_EQ(worker.words(), "") << "nobody holds its standard error any more";
}

TEST(forking_server_test, gives_workers_the_initializer_that_it_has_in_its_memory) {
    static int set_up = 0;
    const local_initializer initializer = [] { set_up = 42; };
    served server(false, &initializer);
    server.next(kind::hello);
    far_worker worker;
    server.start(1, worker);
    worker.ask_bytes({.kind = request_kind::initializer}, {});
    worker.value<void>();
    worker.ask([] { return set_up; });
    EXPECT_EQ(worker.value<int>(), 42);
}

TEST(forking_server_test, ends_with_the_process_that_it_serves) {
    platform::socket_pair told = platform::make_socket_pair();
    const platform::child_process middle = platform::fork_self();
    if (middle.pid == 0) {
        told.here.reset();
        served server;
        server.next(kind::hello);
        // Somebody else holds the other end of its socket: its end cannot be what the server hears of.
        platform::send_packet(told.there.get(), &server.child.pid, sizeof server.child.pid, {server.socket.get()});
        char until_closed = 0;
        platform::packet from;
        platform::receive_packet(told.there.get(), &until_closed, 1, from, true);
        platform::leave(0);
    }
    told.there.reset();
    std::int64_t pid = 0;
    platform::packet from;
    ASSERT_EQ(platform::receive_packet(told.here.get(), &pid, sizeof pid, from, true), platform::transfer::done);
    const platform::fd server = platform::open_pidfd(pid);
    ASSERT_TRUE(server);
    told.here.reset();
    platform::reap(middle, true);
    EXPECT_TRUE(ends(server));
}

}  // namespace
