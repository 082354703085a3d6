// The thread pool: every task that was taken runs once or is refused once, and every worker ends.
#include "concur/executors/thread_pool_executor.hpp"
#include "model/checker.hpp"

#include <array>
#include <optional>

namespace {

using concur::atomic;
using concur::executor_shutdown;
using concur::future;
using concur::thread_pool_executor;
using concur::model::require;
using concur::model::run;

void one_task() {
    thread_pool_executor pool(1);
    require(pool.submit([] { return 7; }).result() == 7, "the result has come");
}

void two_tasks_two_workers() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    pool.submit([&] { ran.fetch_add(1); });
    pool.submit([&] { ran.fetch_add(1); });
    pool.shutdown();
    require(ran.load() == 2, "shutdown finishes what was queued");
}

void result_then_submit() {
    thread_pool_executor pool(2);
    pool.submit([] {}).result();
    pool.submit([] {}).result();
    require(pool.worker_count() == 1, "no thread is started for nothing");
}

void runs_or_is_cancelled() {
    atomic<int> ran{0};
    thread_pool_executor pool(1);
    const auto f = pool.submit([&] { ran.fetch_add(1); });
    const bool cancelled = f.cancel();
    pool.shutdown();
    require(ran.load() == (cancelled ? 0 : 1), "one of the two");
}

void shutdown_cancels() {
    atomic<int> ran{0};
    thread_pool_executor pool(1);
    const std::array futures{pool.submit([&] { ran.fetch_add(1); }), pool.submit([&] { ran.fetch_add(1); })};
    pool.shutdown({.wait = true, .cancel_futures = true});
    int cancelled = 0;
    for (const auto& f : futures) {
        require(f.done(), "each is done");
        cancelled += f.cancelled() ? 1 : 0;
    }
    require(ran.load() + cancelled == 2, "each ran or was cancelled");
}

void submit_or_shutdown() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    int taken = 0;
    run({
        [&] {
            try {
                pool.submit([&] { ran.fetch_add(1); });
                taken = 1;
            } catch (const executor_shutdown&) {
            }
        },
        [&] { pool.shutdown(); },
    });
    pool.shutdown();
    require(ran.load() == taken, "what was taken ran");
}

void two_submit() {
    thread_pool_executor pool(2);
    const auto ask = [&] { require(pool.submit([] { return 7; }).result() == 7, "the result has come"); };
    run({ask, ask});
}

void two_shut_down() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    pool.submit([&] { ran.fetch_add(1); });
    const auto end = [&] {
        pool.shutdown();
        require(ran.load() == 1, "whoever has waited sees the work done");
    };
    run({end, end});
}

// The task of the only worker waits for another task of the same pool.
void nested() {
    thread_pool_executor pool(1);
    const auto outer = pool.submit([&] { return pool.submit([] { return 7; }).result() + 1; });
    require(outer.result() == 8, "the worker ran it itself");
}

// Either of two workers may run the inner task.
void nested_with_help() {
    thread_pool_executor pool(2);
    const auto outer = pool.submit([&] { return pool.submit([] { return 7; }).result() + 1; });
    require(outer.result() == 8, "one of the two ran it");
}

void callback_submits() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    {
        const auto f = pool.submit([] { return 1; });
        f.add_done_callback([&](const future<int>&) {
            try {
                pool.submit([&] { ran.fetch_add(1); });
            } catch (const executor_shutdown&) {
                ran.fetch_add(1);
            }
        });
        f.wait();
    }
    pool.shutdown();
    require(ran.load() == 1, "the callback ran, and what it submitted");
}

void room_for_one() {
    thread_pool_executor pool(concur::thread_pool_options{.max_workers = 1, .max_pending = 1});
    atomic<int> ran{0};
    const auto ask = [&] { pool.submit([&] { ran.fetch_add(1); }); };
    run({ask, ask});
    pool.shutdown();
    require(ran.load() == 2, "both had their turn");
}

void broken_by_its_initializer() {
    thread_pool_executor pool(
        concur::thread_pool_options{.max_workers = 1, .initializer = [] { throw std::runtime_error("no"); }});
    try {
        const auto f = pool.submit([] {});
        require(f.exception() != nullptr, "the task is refused");
    } catch (const concur::broken_thread_pool&) {
    }
}

void no_thread_for_the_first() {
    concur::model::fail_next_thread_start();
    thread_pool_executor pool(1);
    bool refused = false;
    try {
        pool.submit([] {});
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused, "the caller is told");
    require(pool.submit([] { return 7; }).result() == 7, "the next attempt succeeds");
}

// The pool is one of those that the end of the program shuts down.
void left_to_the_end() {
    const concur::model::forever f;
    auto* const pool = new thread_pool_executor(1);
    pool->submit([] {});
}

// A task outlives the handle on its future, and fails.
void nobody_reads_the_error() {
    thread_pool_executor pool(1);
    pool.submit([] { throw std::runtime_error("it failed"); });
}

constexpr std::array scenarios{
    concur::model::scenario{"one_task", one_task},
    concur::model::scenario{"two_tasks_two_workers", two_tasks_two_workers, 1},
    concur::model::scenario{"result_then_submit", result_then_submit, 1},
    concur::model::scenario{"runs_or_is_cancelled", runs_or_is_cancelled},
    concur::model::scenario{"shutdown_cancels", shutdown_cancels},
    concur::model::scenario{"submit_or_shutdown", submit_or_shutdown, 1},
    concur::model::scenario{"two_submit", two_submit, 0},
    concur::model::scenario{"two_shut_down", two_shut_down, 1},
    concur::model::scenario{"nested", nested},
    concur::model::scenario{"nested_with_help", nested_with_help, 1},
    concur::model::scenario{"callback_submits", callback_submits},
    concur::model::scenario{"room_for_one", room_for_one, 1},
    concur::model::scenario{"broken_by_its_initializer", broken_by_its_initializer, 1},
    concur::model::scenario{"no_thread_for_the_first", no_thread_for_the_first, 1},
    concur::model::scenario{"left_to_the_end", left_to_the_end},
    concur::model::scenario{"nobody_reads_the_error", nobody_reads_the_error},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
