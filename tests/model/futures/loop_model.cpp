// A loop that several threads do: each element once, and all of it seen by who waits.
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/for_each.hpp"
#include "model/checker.hpp"

#include <array>
#include <stdexcept>

namespace {

using concur::for_each;
using concur::thread_pool_executor;
using concur::model::require;

void each_once() {
    thread_pool_executor pool(2);
    std::array<int, 3> all{};
    require(for_each(pool, {.chunksize = 1}, all, [](int& x) { ++x; }), "it was not stopped");
    for (const int x : all) require(x == 1, "each once");
}

void blocks_by_time() {
    thread_pool_executor pool(2);
    std::array<int, 4> all{};
    for_each(pool, all, [](int& x) { ++x; });
    for (const int x : all) require(x == 1, "each once");
}

void each_throws() {
    thread_pool_executor pool(2);
    std::array<int, 2> all{};
    bool caught = false;
    try {
        for_each(pool, {.chunksize = 1}, all, [](int& x) {
            ++x;
            throw std::runtime_error("no");
        });
    } catch (const std::runtime_error&) {
        caught = true;
    }
    require(caught && all[0] + all[1] >= 1, "one of the exceptions has come");
}

constexpr std::array scenarios{
    concur::model::scenario{"each_once", each_once, 1},
    concur::model::scenario{"blocks_by_time", blocks_by_time, 1},
    concur::model::scenario{"each_throws", each_throws, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
