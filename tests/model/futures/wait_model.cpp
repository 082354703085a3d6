// wait(): it ends when enough are done, sleeps no longer and no shorter, and leaves nothing that a late
// future would touch.
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

template <std::size_t n>
std::vector<future<int>> futures_of(const std::array<promise<int>, n>& promises) {
    std::vector<future<int>> futures;
    for (const auto& p : promises) futures.push_back(p.get_future());
    return futures;
}

void waits_for_all() {
    const std::array<promise<int>, 2> p;
    run({
        [&] { require(concur::wait(futures_of(p)).done.size() == 2, "both are done"); },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

// It waits for the last, then for the two before it.
void three_finish_backwards() {
    const std::array<promise<int>, 3> p;
    run({
        [&] { require(concur::wait(futures_of(p)).done.size() == 3, "all are done"); },
        [&] {
            p[2].set_result(3);
            p[1].set_result(2);
            p[0].set_result(1);
        },
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

void leaves_while_they_finish() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            const auto some = concur::wait(futures_of(p), soon, return_when::first_exception);
            require(some.done.size() + some.not_done.size() == 2, "each is in one of the two");
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
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

void two_wait_for_the_same() {
    const std::array<promise<int>, 2> p;
    const auto futures = futures_of(p);
    run({
        [&] { require(concur::wait(futures).done.size() == 2, "both are done"); },
        [&] { require(!concur::wait(futures, return_when::first_completed).done.empty(), "one is done"); },
        [&] {
            p[0].set_result(1);
            p[1].set_result(2);
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"waits_for_all", waits_for_all, 1},
    concur::model::scenario{"three_finish_backwards", three_finish_backwards},
    concur::model::scenario{"waits_for_the_first", waits_for_the_first, 1},
    concur::model::scenario{"waits_for_some_time", waits_for_some_time},
    concur::model::scenario{"leaves_while_they_finish", leaves_while_they_finish, 1},
    concur::model::scenario{"fails_first", fails_first},
    concur::model::scenario{"two_wait_for_the_same", two_wait_for_the_same, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
