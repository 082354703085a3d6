// Jobs that a worker keeps: each is run or refused once, whoever comes for it, and no worker sleeps through one.
#include "concur/executors/thread_pool_executor.hpp"
#include "model/checker.hpp"
#include "model/executors/held_worker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::future;
using concur::thread_pool_executor;
using concur::model::gate;
using concur::model::require;

// The task goes on only when the other worker has run what it has submitted.
void another_worker_comes() {
    thread_pool_executor pool(2);
    gate done;
    pool.submit([&] {
            pool.submit([&] { done.open(); });
            done.pass();
        })
        .result();
}

// Likewise, when both workers are there already and one of them is about to sleep.
void a_worker_that_falls_asleep_comes() {
    thread_pool_executor pool(2);
    gate both, done;
    const auto first = pool.submit([&] { both.pass(); });
    const auto second = pool.submit([&] {
        both.open();
        first.wait();
        pool.submit([&] { done.open(); });
        done.pass();
    });
    second.result();
}

// Two are kept, and the worker that keeps them is stuck: one comes, and tells the next, which may sleep.
void two_workers_come() {
    thread_pool_executor pool(3);
    gate all, one, other;
    const std::array others{pool.submit([&] { all.pass(); }), pool.submit([&] { all.pass(); })};
    const auto keeper = pool.submit([&] {
        all.open();
        for (const auto& f : others) f.wait();
        pool.submit([&] {
            one.open();
            other.pass();
        });
        pool.submit([&] {
            other.open();
            one.pass();
        });
        one.pass();
        other.pass();
    });
    keeper.result();
}

void kept_ones_are_run_at_the_end() {
    atomic<int> ran{0};
    {
        thread_pool_executor pool(2);
        gate told;
        pool.submit([&] {
            for (int i = 0; i < 2; ++i) pool.submit([&] { ran.fetch_add(1); });
            told.open();
        });
        told.pass();
    }
    require(ran.load() == 2, "both ran before the pool was gone");
}

void awaited_by_its_worker() {
    thread_pool_executor pool(2);
    const auto outer = pool.submit([&] {
        const auto a = pool.submit([] { return 3; });
        const auto b = pool.submit([] { return 4; });
        return a.result() + b.result();
    });
    require(outer.result() == 7, "each ran once, here or there");
}

// Against the start by its worker, or by a thief.
void kept_and_cancelled() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    future<void> inner;
    gate told;
    const auto outer = pool.submit([&] {
        inner = pool.submit([&] { ran.fetch_add(1); });
        told.open();
    });
    told.pass();
    const bool cancelled = inner.cancel();
    pool.shutdown();
    require(ran.load() == (cancelled ? 0 : 1), "one of the two");
}

void kept_and_cancelled_by_the_end() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    std::array<future<void>, 2> inner;
    gate told;
    pool.submit([&] {
        for (auto& f : inner) f = pool.submit([&] { ran.fetch_add(1); });
        told.open();
    });
    told.pass();
    pool.shutdown({.wait = true, .cancel_futures = true});
    int cancelled = 0;
    for (const auto& f : inner) {
        require(f.done(), "each is done");
        cancelled += f.cancelled() ? 1 : 0;
    }
    require(ran.load() + cancelled == 2, "each ran or was cancelled");
}

// A worker takes both at once, and keeps one.
void taken_ahead_and_cancelled() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    gate begun, go;
    concur::model::hold_worker(pool, begun, go);
    std::array<future<void>, 3> all;
    for (auto& f : all) f = pool.submit([&] { ran.fetch_add(1); });
    go.open();
    const bool cancelled = all[1].cancel();
    pool.shutdown();
    require(ran.load() == (cancelled ? 2 : 3), "all but the one that was cancelled");
}

constexpr std::array scenarios{
    concur::model::scenario{"another_worker_comes", another_worker_comes, 1},
    concur::model::scenario{"a_worker_that_falls_asleep_comes", a_worker_that_falls_asleep_comes, 1},
    concur::model::scenario{"two_workers_come", two_workers_come, 0},
    concur::model::scenario{"kept_ones_are_run_at_the_end", kept_ones_are_run_at_the_end, 1},
    concur::model::scenario{"awaited_by_its_worker", awaited_by_its_worker, 1},
    concur::model::scenario{"kept_and_cancelled", kept_and_cancelled, 1},
    concur::model::scenario{"kept_and_cancelled_by_the_end", kept_and_cancelled_by_the_end, 1},
    concur::model::scenario{"taken_ahead_and_cancelled", taken_ahead_and_cancelled, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
