// The registry of pools: the end of the program shuts down every pool that lives, while others come
// and go.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/platform/os_thread.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::executor_shutdown;
using concur::thread_pool_executor;
using concur::model::require;
using concur::model::run;

// Pools are made and destroyed on two threads.
void come_and_go() {
    const auto visit = [] { const thread_pool_executor pool(1); };
    run({visit, visit});
}

thread_pool_executor& immortal_pool() {
    const concur::model::forever f;
    return *new thread_pool_executor(1);
}

constinit atomic<int> ran_at_exit{0};

// What was queued runs before the program ends; the scenario ends with that.
void left_to_the_end() {
    immortal_pool().submit([] { ran_at_exit.fetch_add(1); });
}

void two_left_to_the_end() {
    immortal_pool().submit([] {});
    immortal_pool();
}

// A task that submits while the program ends is told, or its task runs.
void submits_at_the_end() {
    thread_pool_executor& pool = immortal_pool();
    pool.submit([&pool] {
        try {
            pool.submit([] {});
        } catch (const executor_shutdown&) {
        }
    });
}

struct own_thread {
    static void run_pool(void*) noexcept {
        try {
            thread_pool_executor pool(1);
            pool.submit([] {});
        } catch (const executor_shutdown&) {
        }
    }
};

// A pool goes on a thread of its own, while the end of the program comes for it.
void goes_at_the_end() { concur::platform::os_thread::start(&own_thread::run_pool, nullptr).detach(); }

constexpr std::array scenarios{
    concur::model::scenario{"come_and_go", come_and_go},
    concur::model::scenario{"left_to_the_end", left_to_the_end},
    concur::model::scenario{"two_left_to_the_end", two_left_to_the_end, 1},
    concur::model::scenario{"submits_at_the_end", submits_at_the_end},
    concur::model::scenario{"goes_at_the_end", goes_at_the_end},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
