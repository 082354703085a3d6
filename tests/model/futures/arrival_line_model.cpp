// arrival_line, and as_completed() on it: each future comes once, and whoever leaves early
// leaves nothing that a late future would touch.
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "model/checker.hpp"

#include <array>
#include <vector>

namespace {

using concur::future;
using concur::promise;
using concur::model::require;
using concur::model::run;

constexpr std::chrono::nanoseconds soon{1000};

std::vector<future<int>> futures_of(const std::array<promise<int>, 2>& p) {
    return {p[0].get_future(), p[1].get_future()};
}

void both_come() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            int sum = 0;
            for (const auto& f : concur::as_completed(futures_of(p))) sum += f.result();
            require(sum == 3, "each has come once");
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

void leaves_after_the_first() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            for (const auto& f : concur::as_completed(futures_of(p))) {
                require(f.done(), "what comes is done");
                break;
            }
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

// What has come makes room for what is added after it.
void one_comes_and_another_is_added() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            concur::arrival_line line;
            line.add(p[0].get_future().core());
            line.next(concur::deadline::never())->release();
            line.add(p[1].get_future().core());
            if (concur::future_core* const core = line.next(concur::deadline(soon))) core->release();
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"both_come", both_come, 1},
    concur::model::scenario{"leaves_after_the_first", leaves_after_the_first, 1},
    concur::model::scenario{"one_comes_and_another_is_added", one_comes_and_another_is_added, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
