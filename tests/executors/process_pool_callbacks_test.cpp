// Callbacks that take long, or want what only the thread could give that made their future done.
#include "concur/core/error.hpp"
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

using concur::broken_process_pool;
using concur::future;
using concur::process_pool_executor;
using concur::promise;
using concur::thread_pool_executor;
using concur::timeout_error;
using support::door;
using support::ended_with;
using support::gate;
using support::long_enough;
using support::process_gate;
using namespace std::chrono_literals;

namespace {

constexpr int deadlock = static_cast<int>(std::errc::resource_deadlock_would_occur);

int own_pid() { return ::getpid(); }
void wait_at(const door& d) { d.wait(); }
void hang(const door& d) {
    d.come();
    for (;;) ::pause();
}

// Whether a time-out of another pool ends its task, now.
bool time_outs_are_heard() {
    process_pool_executor other{1};
    const process_gate gate;
    const auto hangs = other.submit({.timeout = 10ms}, hang, gate.door);
    return hangs.wait_for(long_enough) && (ended_with<timeout_error>(hangs), true);
}

template <class Pool>
int error_of_shutdown(Pool& pool) {
    try {
        pool.shutdown();
        return 0;
    } catch (const std::system_error& e) {
        return e.code().value();
    }
}

// A pool that breaks once its door is opened, in each of the ways there are, with three futures of what waits then.
struct doomed_pool {
    enum class fate { initializer_throws, initializer_exits, worker_dies };
    static constexpr fate fates[] = {fate::initializer_throws, fate::initializer_exits, fate::worker_dies};

    explicit doomed_pool(fate f) : pool(std::make_shared<process_pool_executor>(options(f, gate.door))) {
        if (f == fate::worker_dies) pool->submit([](const door& d) { d.wait(), std::raise(SIGKILL); }, gate.door);
        for (int i = 0; i < 3; ++i) waiting.push_back(pool->submit(own_pid));
    }

    static concur::process_pool_options options(fate f, const door& d) {
        if (f == fate::worker_dies) return {.max_workers = 1, .on_worker_death = concur::worker_death::break_pool};
        const auto throws = [](const door& at) { at.wait(), throw std::runtime_error("no data"); };
        const auto exits = [](const door& at) { at.wait(), ::_exit(1); };
        if (f == fate::initializer_throws) return {.max_workers = 1, .initializer = {throws, d}};
        return {.max_workers = 1, .initializer = {exits, d}};
    }

    const process_gate gate;
    std::shared_ptr<process_pool_executor> pool;
    std::vector<future<int>> waiting;
};

}  // namespace

// --- of a task whose time is over before a worker is free for it ----------------------------------------

TEST(process_pool_callbacks_test, a_callback_of_a_time_out_may_wait_for_a_task_whose_time_is_over_later) {
    process_pool_executor pool{1};
    const process_gate gate;
    promise<bool> told;
    const auto runs = pool.submit({.timeout = 400ms}, hang, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    auto queued = pool.submit({.timeout = 50ms}, own_pid);
    queued.add_done_callback([&](const future<int>&) { told.set_result(runs.wait_for(long_enough)); });
    EXPECT_TRUE(told.get_future().result(2 * long_enough)) << "its own waiting was in the way";
    ended_with<timeout_error>(queued);
    ended_with<timeout_error>(runs);
}

TEST(process_pool_callbacks_test, a_callback_of_a_time_out_that_does_not_come_back_keeps_no_other_time_out_waiting) {
    process_pool_executor pool{1};
    const process_gate held;
    gate stays;
    pool.submit(wait_at, held.door);
    ASSERT_TRUE(held.door.until_came(1));
    auto queued = pool.submit({.timeout = 50ms}, own_pid);
    queued.add_done_callback([&](const future<int>&) { stays.wait(); });
    ASSERT_TRUE(stays.until_came(1));
    EXPECT_TRUE(time_outs_are_heard());
    stays.open();
    held.door.open();
}

TEST(process_pool_callbacks_test, shutdown_that_waits_is_refused_in_a_callback_of_a_time_out_too) {
    process_pool_executor pool{1};
    const process_gate held;
    promise<int> told;
    pool.submit(wait_at, held.door);
    ASSERT_TRUE(held.door.until_came(1));
    auto queued = pool.submit({.timeout = 50ms}, own_pid);
    queued.add_done_callback([&](const future<int>&) { told.set_result(error_of_shutdown(pool)); });
    EXPECT_EQ(told.get_future().result(long_enough), deadlock);
    held.door.open();
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0) << "nothing has changed";
}

TEST(process_pool_callbacks_test, those_of_threads_whose_time_is_over_keep_no_other_time_out_waiting) {
    gate held, stays;
    thread_pool_executor pool{1};
    pool.submit([&] { held.wait(); });
    ASSERT_TRUE(held.until_came(1));
    auto queued = pool.submit({.timeout = 50ms}, own_pid);
    queued.add_done_callback([&](const future<int>&) { stays.wait(); });
    ASSERT_TRUE(stays.until_came(1)) << "the pool's only worker is busy, and is not needed for it";
    EXPECT_TRUE(time_outs_are_heard());
    stays.open();
    held.open();
}

TEST(process_pool_callbacks_test, what_a_task_of_threads_does_when_it_is_asked_to_stop_keeps_no_time_out_waiting) {
    gate held, stays;
    thread_pool_executor pool{1};
    const auto task = [&](const std::stop_token& stop) {
        const std::stop_callback when_asked(stop, [&] { stays.wait(); });
        held.wait();
    };
    pool.submit({.timeout = 50ms}, task);
    ASSERT_TRUE(stays.until_came(1));
    EXPECT_TRUE(time_outs_are_heard());
    stays.open();
    held.open();
}

TEST(process_pool_callbacks_test, a_callback_of_a_time_out_of_threads_may_wait_for_their_end) {
    gate held;
    thread_pool_executor pool{1};
    promise<int> told;
    pool.submit([&] { held.wait(); });
    ASSERT_TRUE(held.until_came(1));
    auto queued = pool.submit({.timeout = 50ms}, own_pid);
    queued.add_done_callback([&](const future<int>&) {
        held.open();
        told.set_result(error_of_shutdown(pool));
    });
    EXPECT_EQ(told.get_future().result(long_enough), 0);
    EXPECT_THROW(pool.submit(own_pid), concur::executor_shutdown);
}

// --- of what waits when the pool breaks -------------------------------------------------------------------

TEST(process_pool_callbacks_test, shutdown_that_waits_is_refused_in_a_callback_when_the_pool_breaks) {
    for (const auto fate : doomed_pool::fates) {
        doomed_pool doomed(fate);
        promise<int> told;
        doomed.waiting[0].add_done_callback(
            [&](const future<int>&) { told.set_result(error_of_shutdown(*doomed.pool)); });
        doomed.gate.door.open();
        EXPECT_EQ(told.get_future().result(long_enough), deadlock) << static_cast<int>(fate);
        for (const auto& f : doomed.waiting) ended_with<broken_process_pool>(f);
    }
}

TEST(process_pool_callbacks_test, when_the_pool_breaks_a_callback_may_wait_for_the_others_that_broke_with_it) {
    for (const auto fate : doomed_pool::fates) {
        doomed_pool doomed(fate);
        promise<bool> told;
        doomed.waiting[0].add_done_callback([&](const future<int>&) {
            told.set_result(doomed.waiting[1].wait_for(long_enough) && doomed.waiting[2].wait_for(long_enough));
        });
        doomed.gate.door.open();
        EXPECT_TRUE(told.get_future().result(3 * long_enough)) << static_cast<int>(fate);
    }
}

TEST(process_pool_callbacks_test, when_the_pool_breaks_a_callback_may_drop_the_last_reference_to_it) {
    for (const auto fate : doomed_pool::fates) {
        doomed_pool doomed(fate);
        promise<void> gone;
        doomed.waiting[0].add_done_callback([&gone, held = doomed.pool](const future<int>&) mutable {
            held.reset();
            gone.set_result();
        });
        doomed.pool.reset();
        doomed.gate.door.open();
        gone.get_future().result(long_enough);
        for (const auto& f : doomed.waiting) ended_with<broken_process_pool>(f);
        EXPECT_TRUE(support::until([] { return support::descendants_of(::getpid()).empty(); }));
    }
}
