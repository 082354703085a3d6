// Where the program that has a pool, or the server of one, is killed: nobody is left behind.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/census.hpp"
#include "support/child.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::start_method;
using concur::worker_died;
using support::census;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using testing::HasSubstr;

namespace {

constexpr std::array methods{start_method::forkserver, start_method::spawn, start_method::fork};
const std::chrono::milliseconds soon{support::is_sanitized() ? 10'000 : 1'000};

int own_pid() { return ::getpid(); }
void come_and_stay(const door& d) {
    d.come();
    d.until_open();
}

// A program with a pool, in a child of fork(), until it is killed.
class doomed {
public:
    explicit doomed(const std::function<void()>& program) {
        support::adopt_orphans();
        pid_ = ::fork();
        if (pid_ != 0) return;
        program();
        for (;;) ::pause();
    }
    ~doomed() {
        kill();
        for (const std::int64_t pid : support::all_below(::getpid())) support::send_signal(pid, SIGKILL);
    }
    doomed(const doomed&) = delete;
    doomed& operator=(const doomed&) = delete;

    void kill() {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    std::vector<std::int64_t> below() const { return support::all_below(pid_); }

    // Kills it. False: one of its processes is there for longer than `soon`.
    bool ends_with_all() {
        kill();
        return support::until([] { return support::bury_orphans(), support::all_below(::getpid()).empty(); }, soon);
    }

private:
    pid_t pid_;
};

class process_pool_orphans_test : public testing::Test {
protected:
    void TearDown() override {
        support::bury_orphans();
        EXPECT_TRUE(census::comes_back_to(before_)) << "before: " << before_ << "; after: " << census::now();
    }

private:
    const census before_ = census::now();
};

}  // namespace

TEST_F(process_pool_orphans_test, a_program_that_is_killed_while_its_pool_is_idle_leaves_no_process) {
    for (const start_method how : methods) {
        process_gate gate;
        doomed program([&] {
            static process_pool_executor pool{{.max_workers = 2, .start_method = how}};
            pool.submit(own_pid).result();
            gate.door.come();
        });
        ASSERT_TRUE(gate.door.until_came(1));
        EXPECT_GE(program.below().size(), 2U) << "a server and a worker";
        EXPECT_TRUE(program.ends_with_all()) << static_cast<int>(how);
    }
}

TEST_F(process_pool_orphans_test, a_program_that_is_killed_while_its_pool_is_busy_leaves_no_process) {
    for (const start_method how : methods) {
        process_gate gate;
        doomed program([&] {
            static process_pool_executor pool{{.max_workers = 3, .start_method = how}};
            for (int i = 0; i < 50; ++i) pool.submit(come_and_stay, gate.door);
            const auto spin = [](const door& d) {
                for (d.come();;) asm volatile("");
            };
            pool.submit({.priority = 1}, spin, gate.door);
        });
        ASSERT_TRUE(gate.door.until_came(3));
        EXPECT_GE(program.below().size(), 4U);
        EXPECT_TRUE(program.ends_with_all()) << static_cast<int>(how);
    }
}

// At moments that cover the start of the server, of its workers, and of their first task.
TEST_F(process_pool_orphans_test, a_program_that_is_killed_while_its_pool_starts_leaves_no_process) {
    for (const start_method how : methods) {
        for (int moment = 0; moment < 12; ++moment) {
            doomed program([&] {
                static process_pool_executor pool{{.max_workers = 4, .start_method = how}};
                for (int i = 0; i < 50; ++i) pool.submit(own_pid);
            });
            const std::chrono::microseconds moment_us(moment * moment * 100);
            std::this_thread::sleep_for(moment_us);  // sleeps: the moment itself is what is tried
            EXPECT_TRUE(program.ends_with_all())
                << static_cast<int>(how) << ", after " << moment * moment * 100 << " us";
        }
    }
}

TEST_F(process_pool_orphans_test, workers_that_are_stopped_end_with_a_program_that_is_killed) {
    for (const start_method how : methods) {
        process_gate gate;
        doomed program([&] {
            static process_pool_executor pool{{.max_workers = 2, .start_method = how}};
            for (int i = 0; i < 2; ++i) pool.submit(come_and_stay, gate.door);
            gate.door.until_came(2);
            for (const auto pid : pool.worker_pids()) support::send_signal(pid, SIGSTOP);
            gate.door.come();
        });
        ASSERT_TRUE(gate.door.until_came(3));
        EXPECT_TRUE(program.ends_with_all()) << static_cast<int>(how);
    }
}

TEST_F(process_pool_orphans_test, what_a_task_has_started_in_its_workers_group_ends_with_a_program_that_is_killed) {
    for (const start_method how : methods) {
        process_gate gate;
        doomed program([&] {
            static process_pool_executor pool{{.max_workers = 1, .start_method = how}};
            const auto task = [](const door& d) {
                if (::fork() == 0) {
                    std::signal(SIGTERM, SIG_IGN);
                    for (d.come();;) ::pause();
                }
                if (::fork() == 0) ::execlp("sleep", "sleep", "1000", nullptr);
                d.come();
            };
            pool.submit(task, gate.door).result();
        });
        ASSERT_TRUE(gate.door.until_came(2));
        EXPECT_GE(program.below().size(), 4U) << "a server, a worker, and two of the task's";
        EXPECT_TRUE(program.ends_with_all()) << static_cast<int>(how);
    }
}

// It holds copies of all that the program had open, so that no connection seems closed.
TEST_F(process_pool_orphans_test, a_child_of_the_program_that_lives_on_does_not_keep_workers_alive) {
    process_gate gate;
    doomed program([&] {
        static process_pool_executor pool{1};
        pool.submit(own_pid).result();
        if (::fork() == 0) {
            ::setpgid(0, 0);
            gate.door.come();
            gate.door.until_open();
            ::_exit(0);
        }
        gate.door.come();
    });
    ASSERT_TRUE(gate.door.until_came(2));
    program.kill();
    EXPECT_TRUE(
        support::until([] { return support::bury_orphans(), support::all_below(::getpid()).size() == 1; }, soon));
    gate.door.open();
    EXPECT_TRUE(program.ends_with_all());
}

// --- the server -----------------------------------------------------------------------------------

namespace {

std::int64_t server_of(const process_pool_executor& pool) {
    support::until([&] { return !pool.worker_pids().empty(); });
    return std::stoll(support::status_of(std::to_string(pool.worker_pids().at(0))).at(1));
}

}  // namespace

TEST_F(process_pool_orphans_test, a_server_that_is_killed_costs_running_tasks_alone_and_another_takes_its_place) {
    for (const start_method how : {start_method::forkserver, start_method::spawn}) {
        process_pool_executor pool{{.max_workers = 2, .start_method = how}};
        const process_gate gate;
        std::vector<future<void>> running;
        for (int i = 0; i < 2; ++i) running.push_back(pool.submit(come_and_stay, gate.door));
        ASSERT_TRUE(gate.door.until_came(2));
        std::vector<future<int>> queued;
        for (int i = 0; i < 20; ++i) queued.push_back(pool.submit([](int n) { return n; }, i));
        ASSERT_TRUE(support::until([&] { return pool.worker_pids().size() == 2; }));
        const auto old_workers = pool.worker_pids();
        const std::int64_t old_server = server_of(pool);
        ASSERT_TRUE(support::send_signal(old_server, SIGKILL));
        for (const auto& f : running) {
            const auto e = ended_with<worker_died>(f);
            EXPECT_EQ(e.signal(), SIGKILL);
            EXPECT_THAT(e.what(), HasSubstr("the process that starts this pool's workers died"))
                << "and nothing of memory";
        }
        for (int i = 0; i < 20; ++i) EXPECT_EQ(queued[static_cast<std::size_t>(i)].result(long_enough), i);
        for (const auto pid : old_workers) EXPECT_TRUE(support::until_gone(pid));
        EXPECT_NE(server_of(pool), old_server);
    }
}

TEST_F(process_pool_orphans_test, with_fork_there_is_no_other_server_and_the_pool_breaks) {
    process_pool_executor pool{{.max_workers = 1, .start_method = start_method::fork}};
    const process_gate gate;
    auto running = pool.submit(come_and_stay, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    auto queued = pool.submit(own_pid);
    ASSERT_TRUE(support::until([&] { return pool.worker_pids().size() == 1; }));
    ASSERT_TRUE(support::send_signal(server_of(pool), SIGKILL));
    EXPECT_THROW(running.result(long_enough), concur::broken_process_pool);
    EXPECT_THROW(queued.result(long_enough), concur::broken_process_pool);
    EXPECT_THROW(pool.submit(own_pid), concur::broken_process_pool);
}

TEST_F(process_pool_orphans_test, a_server_that_is_killed_again_and_again_while_many_workers_start_breaks_nothing) {
    process_pool_executor pool{16};
    for (int round = 0; round < 6; ++round) {
        const process_gate gate;
        std::vector<future<void>> running;
        for (int i = 0; i < 16; ++i) running.push_back(pool.submit(come_and_stay, gate.door));
        ASSERT_TRUE(support::until([&] { return !pool.worker_pids().empty(); }));
        const std::int64_t server = server_of(pool);
        ASSERT_TRUE(support::send_signal(server, SIGKILL));
        ASSERT_TRUE(support::until_gone(server));
        gate.door.open();
        for (const auto& f : running) {
            if (f.exception(long_enough) != nullptr) ended_with<worker_died>(f);
        }
    }
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0);
}

TEST_F(process_pool_orphans_test, a_server_that_was_stopped_is_told_to_go_on) {
    for (const start_method how : methods) {
        process_pool_executor pool{{.max_workers = 2, .start_method = how, .force_fork = true}};
        const process_gate gate;
        auto running = pool.submit(come_and_stay, gate.door);
        ASSERT_TRUE(gate.door.until_came(1));
        const std::int64_t server = server_of(pool);
        ASSERT_TRUE(support::send_signal(server, SIGSTOP));
        const std::int64_t started = pool.submit(own_pid).result(long_enough);
        ASSERT_TRUE(support::send_signal(server, SIGSTOP));
        ASSERT_TRUE(support::send_signal(started, SIGKILL));
        EXPECT_NE(pool.submit(own_pid).result(long_enough), started) << "a death has to be told of, too";
        EXPECT_EQ(server_of(pool), server);
        EXPECT_FALSE(running.done()) << "nobody else is touched";
        gate.door.open();
        running.result(long_enough);
    }
}

TEST_F(process_pool_orphans_test, a_server_that_does_not_go_on_is_replaced) {
    process_pool_executor pool{1};
    const std::int64_t worker = pool.submit(own_pid).result(long_enough);
    const std::int64_t server = server_of(pool);
    // A debugger's hold: no signal but SIGKILL lets it go on.
    if (::ptrace(PTRACE_SEIZE, static_cast<pid_t>(server), nullptr, nullptr) != 0) GTEST_SKIP() << "no ptrace here";
    ASSERT_EQ(::ptrace(PTRACE_INTERRUPT, static_cast<pid_t>(server), nullptr, nullptr), 0);
    ASSERT_TRUE(support::send_signal(worker, SIGKILL));
    EXPECT_NE(pool.submit(own_pid).result(2 * long_enough), worker);
    EXPECT_TRUE(support::until_gone(server));
}

TEST_F(process_pool_orphans_test, what_a_task_has_started_ends_with_a_server_that_is_killed) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto task = [](const door& d) {
        const pid_t child = ::fork();
        if (child == 0)
            for (d.come();;) ::pause();
        return child;
    };
    const pid_t child = pool.submit(task, gate.door).result(long_enough);
    ASSERT_TRUE(gate.door.until_came(1));
    ASSERT_TRUE(support::send_signal(server_of(pool), SIGKILL));
    EXPECT_TRUE(support::until_gone(child, soon));
    support::send_signal(child, SIGKILL);
}
