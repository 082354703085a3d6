// Fork and join: each branch is done once, by its owner or a thief, and its owner goes on when it is.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/invoke.hpp"
#include "model/checker.hpp"

#include <array>
#include <stdexcept>

namespace {

using concur::atomic;
using concur::invoke;
using concur::thread_pool_executor;
using concur::model::gate;
using concur::model::require;

void two_branches() {
    thread_pool_executor pool(2);
    const auto [a, b] = invoke(pool, [] { return 3; }, [] { return 4; });
    require(a + b == 7, "both have come");
}

void three_branches_of_a_task() {
    thread_pool_executor pool(2);
    const auto task = pool.submit([&] {
        const auto [a, b, c] = invoke(pool, [] { return 1; }, [] { return 2; }, [] { return 3; });
        return a + b + c;
    });
    require(task.result() == 6, "all have come");
}

// The thief forks too, and the owner may do a part of that while it waits.
void a_branch_with_branches() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    const auto step = [&] { ran.fetch_add(1); };
    invoke(pool, step, [&] { invoke(pool, step, step); });
    require(ran.load() == 3, "each ran once");
}

// The first branch goes on only when the other has run elsewhere.
void side_by_side() {
    thread_pool_executor pool(2);
    gate done;
    invoke(pool, [&] { done.pass(); }, [&] { done.open(); });
}

void one_throws() {
    thread_pool_executor pool(2);
    bool caught = false;
    atomic<int> ran{0};
    try {
        invoke(pool, [&] { ran.fetch_add(1); }, [] { throw std::runtime_error("no"); });
    } catch (const std::runtime_error&) {
        caught = true;
    }
    require(caught && ran.load() == 1, "the exception has come, when the other had ended");
}

// The end of the pool finds a branch, and gives it back.
void the_pool_ends_meanwhile() {
    thread_pool_executor pool(2);
    atomic<int> ran{0};
    gate inside;
    const auto task = pool.submit([&] {
        inside.open();
        invoke(pool, [&] { ran.fetch_add(1); }, [&] { ran.fetch_add(1); });
    });
    inside.pass();
    pool.shutdown({.wait = true, .cancel_futures = true});
    require(task.done() && ran.load() == 2, "what had begun was ended");
}

constexpr std::array scenarios{
    concur::model::scenario{"two_branches", two_branches, 1},
    concur::model::scenario{"three_branches_of_a_task", three_branches_of_a_task, 1},
    concur::model::scenario{"a_branch_with_branches", a_branch_with_branches, 0},
    concur::model::scenario{"side_by_side", side_by_side, 1},
    concur::model::scenario{"one_throws", one_throws, 1},
    concur::model::scenario{"the_pool_ends_meanwhile", the_pool_ends_meanwhile, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
