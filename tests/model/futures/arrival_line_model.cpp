// arrival_line, and wait() and as_completed() on it: each future comes once, and whoever leaves early
// leaves nothing that a late future would touch.
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::future;
using concur::promise;
using concur::return_when;
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

void waits_for_the_first() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            const auto some = concur::wait(futures_of(p), return_when::first_completed);
            require(!some.done.empty(), "one is done");
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

void waits_for_some_time() {
    const promise<int> p;
    run({
        [&] {
            const auto some = concur::wait(std::vector{p.get_future()}, soon);
            require(some.done.size() + some.not_done.size() == 1, "it is in one of the two");
        },
        [&] { p.set_result(1); },
    });
}

void fails_first() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            const auto some = concur::wait(futures_of(p), return_when::first_exception);
            require(!some.done.empty(), "the one that failed is done");
            for (const auto& f : some.done) f.exception();
        },
        [&] { p[0].set_exception(std::runtime_error("it failed")); },
    });
    p[1].set_result(2);
}

constexpr std::array scenarios{
    concur::model::scenario{"both_come", both_come, 1},
    concur::model::scenario{"leaves_after_the_first", leaves_after_the_first, 1},
    concur::model::scenario{"waits_for_the_first", waits_for_the_first, 1},
    concur::model::scenario{"waits_for_some_time", waits_for_some_time},
    concur::model::scenario{"fails_first", fails_first},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
