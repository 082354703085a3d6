// What pools of processes are known to have hung of: each is done to this one, and nobody waits for ever.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "executors/exit_in_child.hpp"
#include "executors/pool_in_need.hpp"
#include "support/census.hpp"
#include "support/child.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::start_method;
using concur::worker_died;
using support::door;
using support::ended_with;
using support::long_enough;
using support::process_gate;

namespace {

namespace in_need = support::in_need;
constexpr start_method all_methods[] = {start_method::forkserver, start_method::fork, start_method::spawn};

int own_pid() { return ::getpid(); }
std::size_t size_of(const std::string& s) { return s.size(); }
int pid_behind(const door& d) {
    d.wait();
    return ::getpid();
}

// Has something done in the middle of its being written in this process, once.
struct interrupted {
    std::string first, second;
    inline static std::function<void()> in_between = nullptr;
};
template <class Archive>
void concur_serialize(Archive& ar, interrupted& v) {
    ar(v.first);
    constexpr bool writes = !Archive::is_loading && !std::is_same_v<Archive, concur::pickle::sizer>;
    if (auto fn = writes ? std::exchange(interrupted::in_between, nullptr) : nullptr) fn();
    ar(v.second);
}

// They are gone when it returns; the pool may not know yet.
void kill(const std::vector<std::int64_t>& pids) {
    for (const auto pid : pids) support::send_signal(pid, SIGKILL);
    for (const auto pid : pids) EXPECT_TRUE(support::until_gone(pid));
}

bool is_stopped(std::int64_t pid) {
    const auto fields = support::status_of(std::to_string(pid));
    return !fields.empty() && fields[0] == "T";
}

// A pool of so many workers, all of which have nothing to do.
void make_idle_workers(process_pool_executor& pool, unsigned count) {
    const process_gate gate;
    std::vector<future<int>> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(count));
    gate.door.open();
    EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty());
}

// A pool that is never destroyed.
process_pool_executor& kept_pool(int workers) {
    static auto* const pool = new process_pool_executor{workers};
    return *pool;
}

void expect_ended_well(const support::child::outcome& child) {
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_FALSE(child.signal.has_value()) << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

}  // namespace

// --- deaths -------------------------------------------------------------------------------------------

TEST(process_pool_hangs_test, a_worker_that_is_killed_while_submit_writes_an_argument_for_it_costs_nothing) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{1'000}, std::size_t{3'000'000}}) {
        process_pool_executor pool{1};
        pool.submit(own_pid).result(long_enough);
        interrupted::in_between = [&] { kill(pool.worker_pids()); };
        const interrupted much{std::string(size, 'a'), std::string(size, 'b')};
        auto f = pool.submit([](const interrupted& v) { return v.first.size() + v.second.size(); }, much);
        EXPECT_EQ(f.result(long_enough), 2 * size);
    }
}

TEST(process_pool_hangs_test, a_worker_that_is_killed_at_its_task_while_submit_writes_costs_that_task_alone) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto runs = pool.submit(pid_behind, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    interrupted::in_between = [&] { kill(pool.worker_pids()); };
    auto f = pool.submit([](const interrupted& v) { return v.first; }, interrupted{"first", std::string(100'000, 'b')});
    EXPECT_EQ(f.result(long_enough), "first");
    EXPECT_EQ(ended_with<worker_died>(runs).signal(), SIGKILL);
}

TEST(process_pool_hangs_test, workers_that_die_all_at_once_cost_what_they_ran_and_others_do_the_rest) {
    process_pool_executor pool{4};
    const process_gate gate;
    std::vector<future<int>> running;
    std::vector<future<std::size_t>> queued;
    for (int i = 0; i < 4; ++i) running.push_back(pool.submit(pid_behind, gate.door));
    ASSERT_TRUE(gate.door.until_came(4));
    for (std::size_t i = 0; i < 30; ++i) queued.push_back(pool.submit(size_of, std::string(i * 10'000, 'x')));
    kill(pool.worker_pids());
    for (const auto& f : running) EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGKILL);
    for (std::size_t i = 0; i < queued.size(); ++i) EXPECT_EQ(queued[i].result(long_enough), i * 10'000);
}

TEST(process_pool_hangs_test, idle_workers_that_are_killed_hold_nothing_that_others_wait_for) {
    process_pool_executor pool{4};
    make_idle_workers(pool, 4);
    auto pids = pool.worker_pids();
    ASSERT_EQ(pids.size(), 4U);
    pids.pop_back();
    kill(pids);
    std::vector<future<std::size_t>> all;
    for (std::size_t i = 0; i < 50; ++i) all.push_back(pool.submit(size_of, std::string(i * 1'000, 'x')));
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].result(long_enough), i * 1'000);
}

TEST(process_pool_hangs_test, a_worker_that_is_stopped_while_it_has_nothing_to_do_holds_up_one_task_at_most) {
    process_pool_executor pool{2};
    make_idle_workers(pool, 2);
    const auto stopped = pool.worker_pids().front();
    support::send_signal(stopped, SIGSTOP);
    ASSERT_TRUE(support::until([&] { return is_stopped(stopped); }));
    std::vector<future<int>> all;
    for (int i = 0; i < 50; ++i) all.push_back(pool.submit(own_pid));
    const auto left = [&] { return std::ranges::count_if(all, [](const auto& f) { return !f.done(); }); };
    EXPECT_TRUE(support::until([&] { return left() <= 1; })) << left();
    for (const auto& f : all) EXPECT_TRUE(f.cancel() || f.wait_for(long_enough)) << "what is left has not begun";
    support::send_signal(stopped, SIGCONT);
    make_idle_workers(pool, 2);
}

TEST(process_pool_hangs_test, kill_workers_ends_a_pool_whose_worker_never_reads_what_was_sent_to_it) {
    process_pool_executor pool{1};
    make_idle_workers(pool, 1);
    const auto stopped = pool.worker_pids().front();
    support::send_signal(stopped, SIGSTOP);
    ASSERT_TRUE(support::until([&] { return is_stopped(stopped); }));
    std::vector<future<std::size_t>> all;
    for (int i = 0; i < 6; ++i) all.push_back(pool.submit(size_of, std::string(3'000'000, 'x')));
    pool.kill_workers();
    pool.shutdown();
    for (const auto& f : all) EXPECT_TRUE(f.done());
}

// --- what a task may do to its worker ---------------------------------------------------------------

TEST(process_pool_hangs_test, a_process_that_a_task_left_behind_does_not_hide_the_end_of_its_worker) {
    const process_gate gate;
    std::int64_t left_behind = 0;
    {
        process_pool_executor pool{1};
        const auto leaves = [](const door& d) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::setsid();  // so that it does not go with its group
                d.come();
                d.until_open();
                ::_exit(0);
            }
            d.until_came(1);
            d.come(static_cast<unsigned>(child));
            std::raise(SIGKILL);
        };
        auto f = pool.submit(leaves, gate.door);
        EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGKILL);
        left_behind = gate.door.came() - 1;
        EXPECT_EQ(pool.submit(size_of, "goes on").result(long_enough), 7U);
        pool.shutdown();
    }
    EXPECT_TRUE(support::is_alive(left_behind)) << "it has copies of all that its worker had";
    gate.door.open();
    EXPECT_TRUE(support::until_gone(left_behind));
}

TEST(process_pool_hangs_test, a_task_that_closes_every_descriptor_has_its_result_and_costs_no_other) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto closes = [](const door& d, int n) {
        d.wait();
        for (int file = 0; file < 1'000; ++file) ::close(file);
        return n + 1;
    };
    auto careless = pool.submit(closes, gate.door, 41);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<future<std::size_t>> behind;  // the memory of the first is on its way to the worker
    for (int i = 0; i < 3; ++i) behind.push_back(pool.submit(size_of, std::string(200'000, 'x')));
    gate.door.open();
    EXPECT_EQ(careless.result(long_enough), 42);
    for (const auto& f : behind) EXPECT_EQ(f.result(long_enough), 200'000U);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pool.submit(size_of, std::string(5'000, 'x')).result(long_enough), 5'000U);
}

TEST(process_pool_hangs_test, a_thread_that_a_task_left_running_does_not_hold_up_the_end) {
    process_pool_executor pool{{.max_workers = 1, .max_tasks_per_child = 2}};
    const auto leaves = [] {
        std::thread([] {
            for (;;) ::pause();
        }).detach();
        return ::getpid();
    };
    const int pid = pool.submit(leaves).result(long_enough);
    pool.submit(leaves).result(long_enough);
    EXPECT_NE(pool.submit(leaves).result(long_enough), pid) << "it went when its time had come";
    pool.shutdown();
    EXPECT_TRUE(support::until_gone(pid));
}

// --- what the program may do to its children -----------------------------------------------------------

TEST(process_pool_hangs_test, a_program_that_ignores_the_end_of_its_children_has_a_pool_like_others) {
    const auto child = support::child::run([] {
        std::signal(SIGCHLD, SIG_IGN);
        for (const start_method how : all_methods) {
            const auto o = in_need::use_a_pool(
                {.max_workers = 2, .start_method = how, .force_fork = support::under_tsan()}, long_enough);
            if (o.answered != in_need::tasks - in_need::deaths) return 1;
        }
        return 0;
    });
    expect_ended_well(child);
}

TEST(process_pool_hangs_test, a_program_that_reaps_whatever_child_ends_has_a_pool_like_others) {
    const auto child = support::child::run([] {
        const std::jthread reaper([](const std::stop_token& stop) {
            while (!stop.stop_requested())
                if (::waitpid(-1, nullptr, WNOHANG) <= 0) std::this_thread::yield();
        });
        for (const start_method how : {start_method::forkserver, start_method::spawn}) {
            const auto o = in_need::use_a_pool({.max_workers = 2, .start_method = how}, long_enough);
            if (o.answered != in_need::tasks - in_need::deaths) return 1;
        }
        return 0;
    });
    expect_ended_well(child);
}

// --- its workers retire, the program ends --------------------------------------------------------------

TEST(process_pool_hangs_test, with_one_task_per_worker_each_start_method_works_off_what_many_threads_submit) {
    for (const start_method how : all_methods) {
        process_pool_executor pool{{.max_workers = 2,
                                    .start_method = how,
                                    .max_tasks_per_child = 1,
                                    .force_fork = how == start_method::fork && support::under_tsan()}};
        std::vector<std::vector<future<int>>> all(3);
        {
            std::vector<std::jthread> submitters;
            for (auto& mine : all)
                submitters.emplace_back([&] {
                    for (int i = 0; i < 10; ++i) mine.push_back(pool.submit(own_pid));
                });
        }
        std::vector<int> pids;
        for (const auto& mine : all)
            for (const auto& f : mine) pids.push_back(f.result(long_enough));
        std::ranges::sort(pids);
        EXPECT_EQ(std::ranges::adjacent_find(pids), pids.end()) << "each has a process of its own";
    }
}

TEST(process_pool_hangs_test, the_end_of_the_program_completes_what_is_pending_although_workers_die) {
    const auto child = support::child::run([]() -> int {
        auto& pool = kept_pool(2);
        const auto task = [](int n) {
            if (n % 10 == 0) std::raise(SIGKILL);
            [[maybe_unused]] const auto said = ::write(STDOUT_FILENO, "x", 1);
        };
        for (int i = 0; i < 100; ++i) pool.submit(task, i);
        pool.shutdown({.wait = false});
        exit_in_child::now();
    });
    expect_ended_well(child);
    EXPECT_EQ(child.out, std::string(90, 'x'));
}

TEST(process_pool_hangs_test, a_callback_that_calls_exit_ends_the_program) {
    const auto child = support::child::run([]() -> int {
        auto& pool = kept_pool(1);
        auto f = pool.submit(own_pid);
        f.add_done_callback([](const future<int>&) { exit_in_child::now(); });
        for (;;) ::pause();
    });
    expect_ended_well(child);
}
