// when_all, when_any: the whole is done once, in time, and leaves nothing behind in its parts.
#include "concur/futures/promise.hpp"
#include "concur/futures/when.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::future;
using concur::promise;
using concur::model::require;
using concur::model::run;

// The parts finish while the whole is made.
void all_of_two() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            auto all = concur::when_all(p[0].get_future(), p[1].get_future());
            auto [a, b] = std::move(all).result();
            require(a.result() + b.result() == 3, "both are there");
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

void any_of_two() {
    const std::array<promise<int>, 2> p;
    run({
        [&] {
            auto any = concur::when_any(std::vector{p[0].get_future(), p[1].get_future()});
            const auto first = std::move(any).result();
            require(first.futures[first.index].done(), "the one it names is done");
        },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

void whole_is_cancelled() {
    const promise<int> p;
    auto all = concur::when_all(p.get_future());
    bool cancelled = false;
    run({[&] { cancelled = all.cancel(); }, [&] { p.set_result(1); }});
    require(all.cancelled() == cancelled, "it is what cancel() said");
    require(p.get_future().result() == 1, "the part is left alone");
}

// Nobody waits for the whole, which goes while its parts finish.
void whole_is_dropped() {
    const std::array<promise<int>, 2> p;
    run({
        [&] { concur::when_any(p[0].get_future(), p[1].get_future()); },
        [&] { p[0].set_result(1); },
        [&] { p[1].set_result(2); },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"all_of_two", all_of_two, 1},
    concur::model::scenario{"any_of_two", any_of_two, 1},
    concur::model::scenario{"whole_is_cancelled", whole_is_cancelled},
    concur::model::scenario{"whole_is_dropped", whole_is_dropped, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
