// Workers that leave because they are idle or too many, and others that start in their place: no task is lost between
// them, and the end of the pool finds them all.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/threading/event.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using concur::model::gate;
using concur::model::require;
using concur::model::run;

constexpr std::chrono::nanoseconds soon{1000};

void leaves_while_a_task_comes() {
    thread_pool_executor pool(thread_pool_options{.max_workers = 1, .idle_timeout = soon});
    for (int i = 0; i < 2; ++i) require(pool.submit([i] { return i; }).result() == i, "the task has run");
}

// The task goes on only when the other worker, which may be leaving, or a new one has run what it has submitted.
void leaves_while_another_keeps_a_task() {
    thread_pool_executor pool(thread_pool_options{.max_workers = 2, .idle_timeout = soon});
    gate both, done;
    const auto first = pool.submit([&] { both.pass(); });
    const auto second = pool.submit([&] {
        both.open();
        pool.submit([&] { done.open(); });
        done.pass();
    });
    second.result();
}

void leaves_while_the_pool_ends() {
    atomic<int> begun{0}, ended{0};
    {
        thread_pool_executor pool(thread_pool_options{.max_workers = 1,
                                                      .initializer = [&] { begun.fetch_add(1); },
                                                      .on_worker_exit = [&] { ended.fetch_add(1); },
                                                      .idle_timeout = soon});
        pool.submit([] {}).result();
        pool.shutdown();
        require(pool.worker_count() == 0, "nobody is left");
    }
    require(begun.load() == 1 && ended.load() == 1, "each worker begins and ends");
}

void submits_as_it_leaves() {
    atomic<int> ran{0};
    atomic<bool> first{true};
    thread_pool_executor* home = nullptr;
    thread_pool_executor pool(thread_pool_options{.max_workers = 2,
                                                  .on_worker_exit =
                                                      [&] {
                                                          if (!first.exchange(false)) return;
                                                          try {
                                                              home->submit([&] { ran.fetch_add(1); });
                                                          } catch (const concur::executor_shutdown&) {
                                                              ran.fetch_add(1);
                                                          }
                                                      },
                                                  .idle_timeout = soon});
    home = &pool;
    pool.submit([] {}).result();
    pool.shutdown();
    require(ran.load() == 1, "what it submitted was refused or ran");
}

void fewer_while_tasks_come() {
    thread_pool_executor pool(2);
    gate both;
    const auto first = pool.submit([&] { both.pass(); });
    pool.submit([&] { both.open(); }).result();
    run({[&] { pool.resize(1); }, [&] { require(pool.submit([] { return 7; }).result() == 7, "it has run"); }});
    require(pool.submit([] { return 8; }).result() == 8, "the one that is left runs it");
}

// A worker that is too many runs first what it keeps, or another does.
void fewer_with_kept_tasks() {
    atomic<int> ran{0};
    {
        thread_pool_executor pool(2);
        gate told;
        pool.submit([&] {
            for (int i = 0; i < 2; ++i) pool.submit([&] { ran.fetch_add(1); });
            pool.resize(1);
            told.open();
        });
        pool.submit([&] { ran.fetch_add(1); });
        told.pass();
    }
    require(ran.load() == 3, "all ran");
}

void more_while_a_task_waits() {
    thread_pool_executor pool(1);
    gate go;
    const auto first = pool.submit([&] { go.pass(); });
    const auto second = pool.submit([&] { go.open(); });
    pool.resize(2);
    first.result();
    second.result();
}

void resized_against_shutdown() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    for (int i = 0; i < 2; ++i) pool.submit([&] { ran.fetch_add(1); });
    run({[&] {
             pool.resize(1);
             pool.resize(3);
         },
         [&] { pool.shutdown(); }});
    pool.shutdown();
    require(ran.load() == 2, "what was taken ran");
    require(pool.worker_count() == 0, "nobody is left");
}

// Some wait while there may be more workers, then fewer; and the end cancels what has not begun.
void resized_against_a_shutdown_that_cancels() {
    thread_pool_executor pool(1);
    atomic<int> ran{0};
    gate go;
    std::array<concur::future<void>, 3> all;
    all[0] = pool.submit([&] {
        go.pass();
        ran.fetch_add(1);
    });
    for (std::size_t i = 1; i < all.size(); ++i) all[i] = pool.submit([&] { ran.fetch_add(1); });
    run({[&] {
             pool.resize(2);
             go.open();
             pool.resize(1);
         },
         [&] { pool.shutdown({.wait = true, .cancel_futures = true}); }});
    int cancelled = 0;
    for (const auto& f : all) {
        require(f.done(), "each is done");
        cancelled += f.cancelled() ? 1 : 0;
    }
    require(ran.load() + cancelled == 3, "each ran or was cancelled");
    require(pool.worker_count() == 0, "nobody is left");
}

// The first task waits for the second, which waits for a worker; the end of the pool may come before or after that.
void lends_a_thread() {
    concur::threading::event said;
    atomic<int> ran{0};
    {
        thread_pool_executor pool(thread_pool_options{.max_workers = 1, .spare_workers = 1});
        pool.submit([&] {
            said.wait();
            ran.fetch_add(1);
        });
        pool.submit([&] {
            said.set();
            ran.fetch_add(1);
        });
    }
    require(ran.load() == 2, "both have run");
}

// The one that was lent leaves when the other goes on.
void takes_back_what_it_lent() {
    concur::threading::event said;
    thread_pool_executor pool(thread_pool_options{.max_workers = 1, .spare_workers = 1});
    auto first = pool.submit([&] {
        said.wait();
        while (pool.worker_count() > 1) concur::model::yield();
    });
    pool.submit([&] { said.set(); }).wait();
    first.wait();
    require(pool.submit([] { return 7; }).result() == 7, "it goes on");
}

constexpr std::array scenarios{
    concur::model::scenario{"lends_a_thread", lends_a_thread, 1},
    concur::model::scenario{"takes_back_what_it_lent", takes_back_what_it_lent, 1},
    concur::model::scenario{"leaves_while_a_task_comes", leaves_while_a_task_comes, 1},
    concur::model::scenario{"leaves_while_another_keeps_a_task", leaves_while_another_keeps_a_task, 0},
    concur::model::scenario{"leaves_while_the_pool_ends", leaves_while_the_pool_ends, 1},
    concur::model::scenario{"submits_as_it_leaves", submits_as_it_leaves, 1},
    concur::model::scenario{"fewer_while_tasks_come", fewer_while_tasks_come, 0},
    concur::model::scenario{"fewer_with_kept_tasks", fewer_with_kept_tasks, 0},
    concur::model::scenario{"more_while_a_task_waits", more_while_a_task_waits, 1},
    concur::model::scenario{"resized_against_shutdown", resized_against_shutdown, 0},
    concur::model::scenario{"resized_against_a_shutdown_that_cancels", resized_against_a_shutdown_that_cancels, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
