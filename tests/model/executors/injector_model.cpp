// The line of a pool, as its users meet at it: what stands there is begun once or taken out once, whoever comes for it,
// and who waits for room has it when there is some.
#include "concur/executors/thread_pool_executor.hpp"
#include "model/checker.hpp"
#include "model/executors/held_worker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::future;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using concur::model::gate;
using concur::model::require;
using concur::model::run;

// The worker takes it, or who cancels it; either makes room for the next.
void room_by_cancelling() {
    thread_pool_executor pool(thread_pool_options{.max_workers = 1, .max_pending = 1});
    atomic<int> ran{0};
    gate begun, go;
    concur::model::hold_worker(pool, begun, go);
    const auto waiting = pool.submit([&] { ran.fetch_add(1); });
    bool cancelled = false;
    run({
        [&] { pool.submit([&] { ran.fetch_add(1); }); },
        [&] { cancelled = waiting.cancel(); },
        [&] { go.open(); },
    });
    pool.shutdown();
    require(ran.load() == (cancelled ? 1 : 2), "one of the two had it, and the next had its turn");
}

void more_urgent_first() {
    thread_pool_executor pool(1);
    std::array<int, 2> order{};
    std::size_t ran = 0;
    gate begun, go;
    concur::model::hold_worker(pool, begun, go);
    const auto ask = [&](int priority) {
        pool.submit(concur::task_options{.priority = priority}, [&, priority] { order[ran++] = priority; });
    };
    run({[&] { ask(0); }, [&] { ask(1); }});
    go.open();
    pool.shutdown();
    require(ran == 2 && order[0] == 1, "the more urgent one was first");
}

// They start in the line or in the deque of who took its share, or are stolen from there, or cancelled in either.
void taken_along_or_cancelled() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    std::array<future<void>, 3> all;
    for (auto& f : all) f = pool.submit([&] { ran.fetch_add(1); });
    atomic<int> cancelled{0};
    const auto cancel = [&](const future<void>& f) { cancelled.fetch_add(f.cancel() ? 1 : 0); };
    run({[&] { cancel(all[1]); }, [&] { cancel(all[2]); }});
    pool.shutdown();
    require(ran.load() + cancelled.load() == 3, "each ran or was cancelled");
}

constexpr std::array scenarios{
    concur::model::scenario{"room_by_cancelling", room_by_cancelling, 1},
    concur::model::scenario{"more_urgent_first", more_urgent_first, 1},
    concur::model::scenario{"taken_along_or_cancelled", taken_along_or_cancelled, 0},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
