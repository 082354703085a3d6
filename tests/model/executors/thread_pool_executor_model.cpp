// What the executor's users build on the pool: time-outs, stop requests, map, then, and futures of
// several pools.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
#include "model/checker.hpp"

#include <array>
#include <vector>

namespace {

using concur::atomic;
using concur::future;
using concur::thread_pool_executor;
using concur::model::require;
using concur::model::run;

constexpr std::chrono::nanoseconds soon{1000};

// The task runs, or its time is over before it does; the alarm leaves nothing behind.
void runs_in_time_or_fails() {
    atomic<int> ran{0};
    {
        thread_pool_executor pool(1);
        const auto f = pool.submit(concur::task_options{.timeout = soon}, [&] { ran.fetch_add(1); });
        const auto error = f.exception();
        require(error == nullptr ? ran.load() == 1 : true, "no error: it ran");
    }
    require(ran.load() <= 1, "once at most");
}

// Whoever makes the future done, its callback is run once, and the pool may go meanwhile.
void called_back_in_time_or_not() {
    atomic<int> called{0};
    concur::promise<void> told;
    {
        thread_pool_executor pool(1);
        auto f = pool.submit(concur::task_options{.timeout = soon}, [] {});
        f.add_done_callback([&](const future<void>& done) {
            static_cast<void>(done.exception());
            called.fetch_add(1);
            told.set_result();
        });
    }
    told.get_future().wait();
    require(called.load() == 1, "it was called once");
}

void asked_to_stop() {
    thread_pool_executor pool(1);
    const auto f = pool.submit([](std::stop_token stop) {
        while (!stop.stop_requested()) concur::model::yield();
        return 7;
    });
    require(f.request_stop(), "it takes a token");
    require(f.result() == 7, "it has seen the request");
}

void waits_for_some_time() {
    thread_pool_executor pool(1);
    const auto f = pool.submit([] { return 7; });
    if (f.wait_for(soon)) require(f.done(), "in time");
}

void maps() {
    thread_pool_executor pool(2);
    int sum = 0;
    for (const int n : pool.map([](int i) { return i * 10; }, std::vector{1, 2})) sum += n;
    require(sum == 30, "both results have come");
}

void map_is_left() {
    thread_pool_executor pool(1);
    for (const int n : pool.map([](int i) { return i; }, std::vector{1, 2})) {
        require(n == 1, "in the order of the input");
        break;
    }
}

void then_on_a_pool() {
    thread_pool_executor pool(1);
    const auto f = pool.submit([] { return 7; }).then(pool, [](int n) { return n + 1; });
    require(f.result() == 8, "what follows ran too");
}

void all_of_two_pools() {
    thread_pool_executor here(1);
    thread_pool_executor there(1);
    auto both = concur::when_all(here.submit([] { return 1; }), there.submit([] { return 2; }));
    const auto [a, b] = std::move(both).result();
    require(a.result() + b.result() == 3, "both have come");
}

// A worker waits for several tasks of its own pool, and does the work itself if nobody else does.
void worker_waits_for_several() {
    thread_pool_executor pool(1);
    const auto outer = pool.submit([&] {
        std::vector<future<int>> inner;
        for (int i = 1; i <= 2; ++i) inner.push_back(pool.submit([i] { return i; }));
        int sum = 0;
        for (const auto& f : concur::as_completed(inner)) sum += f.result();
        return sum;
    });
    require(outer.result() == 3, "both were done");
}

// Two workers of one pool wait for the same pending task: one of them runs it.
void two_workers_wait_for_one() {
    thread_pool_executor pool(2);
    const auto wanted = pool.submit([] { return 7; });
    const auto ask = [&] { return wanted.result(); };
    const std::array answers{pool.submit(ask), pool.submit(ask)};
    for (const auto& f : answers) require(f.result() == 7, "each has the result");
}

// Queued behind each other, with priorities: all run.
void priorities() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    for (const int p : {0, 5}) pool.submit(concur::task_options{.priority = p}, [&] { ran.fetch_add(1); });
    pool.shutdown();
    require(ran.load() == 2, "both ran");
}

// The only worker goes on when the second task has run: the thread that waits for it does that.
void the_caller_helps() {
    thread_pool_executor pool(concur::thread_pool_options{.max_workers = 1, .callers_help = true});
    concur::model::gate go;
    const auto first = pool.submit([&] { go.pass(); });
    pool.submit([&] { go.open(); }).result();
    first.result();
}

// Against its start by a worker, and by another caller.
void the_caller_helps_or_not() {
    atomic<int> ran{0};
    {
        thread_pool_executor pool(concur::thread_pool_options{.max_workers = 1, .callers_help = true});
        const auto f = pool.submit([&] { ran.fetch_add(1); });
        run({[&] { static_cast<void>(f.exception()); }, [&] { f.wait(); }});
    }
    require(ran.load() == 1, "one of them ran it");
}

// The only worker may wait for what the caller runs, which waits for a task behind it.
void the_caller_waits_inside() {
    thread_pool_executor pool(concur::thread_pool_options{.max_workers = 1, .callers_help = true});
    const auto outer = pool.submit([&] { concur::wait(std::vector{pool.submit([] {})}); });
    const auto behind = pool.submit([&] { outer.result(); });
    outer.result();
    behind.result();
}

constexpr std::array scenarios{
    concur::model::scenario{"runs_in_time_or_fails", runs_in_time_or_fails, 1},
    concur::model::scenario{"called_back_in_time_or_not", called_back_in_time_or_not, 1},
    concur::model::scenario{"asked_to_stop", asked_to_stop, 1},
    concur::model::scenario{"waits_for_some_time", waits_for_some_time},
    concur::model::scenario{"maps", maps, 1},
    concur::model::scenario{"map_is_left", map_is_left, 1},
    concur::model::scenario{"then_on_a_pool", then_on_a_pool, 1},
    concur::model::scenario{"all_of_two_pools", all_of_two_pools, 1},
    concur::model::scenario{"worker_waits_for_several", worker_waits_for_several, 1},
    concur::model::scenario{"two_workers_wait_for_one", two_workers_wait_for_one, 1},
    concur::model::scenario{"priorities", priorities, 1},
    concur::model::scenario{"the_caller_helps", the_caller_helps, 1},
    concur::model::scenario{"the_caller_helps_or_not", the_caller_helps_or_not, 0},
    concur::model::scenario{"the_caller_waits_inside", the_caller_waits_inside, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
