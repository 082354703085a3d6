// timer: its function is called once or it was cancelled, never both, and whoever joins it finds that done.
#include "concur/threading/timer_record.hpp"

#include "concur/threading/timer.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
using concur::threading::timer;

constexpr std::chrono::nanoseconds soon{1000};

void joined() {
    int calls = 0;
    timer t(soon, [&calls] { ++calls; });
    t.start();
    t.join();
    require(calls == 1 && !t.is_alive(), "it was called once");
}

void called_or_cancelled() {
    auto calls = std::make_unique<int>(0);
    timer t(soon, [&there = *calls] { ++there; });
    t.start();
    bool cancelled = false;
    run({[&] { cancelled = t.cancel(); }});
    t.join();
    require(*calls == (cancelled ? 0 : 1), "one of the two");
}

void cancelled_by_two() {
    auto held = std::make_unique<int>(7);
    atomic<int> cancelled{0}, calls{0};
    timer t(soon, [&calls, held = std::move(held)] { calls.fetch_add(*held); });
    t.start();
    const auto cancel = [&] {
        if (t.cancel()) cancelled.fetch_add(1);
    };
    run({cancel, cancel});
    t.join();
    require(cancelled.load() == 0 || calls.load() == 0, "it is not called once it was cancelled");
    require(cancelled.load() != 0 || calls.load() == 7, "it is called where it was not");
}

void its_last_handle_goes() {
    auto held = std::make_unique<int>(0);
    std::optional<timer> t(std::in_place, soon, [&there = *held] { ++there; });
    t->start();
    t.reset();
    held.reset();
}

void started_by_two() {
    atomic<int> calls{0}, refused{0};
    timer t(soon, [&calls] { calls.fetch_add(1); });
    const auto start = [&] {
        try {
            t.start();
        } catch (const std::logic_error&) {
            refused.fetch_add(1);
        }
    };
    run({start, start});
    t.join();
    require(calls.load() == 1 && refused.load() == 1, "one has started it");
}

void no_thread() {
    concur::model::fail_next_thread_start();
    int calls = 0;
    bool refused = false;
    timer t(soon, [&calls] { ++calls; });
    try {
        t.start();
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused && !t.is_alive(), "nothing has started");
    t.start();
    t.join();
    require(calls == 1, "it can be started again");
}

// The scenario ends with the program.
void left_to_the_end() {
    timer t(soon, [] {});
    t.start();
    t.detach();
}

constexpr std::array scenarios{
    concur::model::scenario{"joined", joined},
    concur::model::scenario{"called_or_cancelled", called_or_cancelled, 1},
    concur::model::scenario{"cancelled_by_two", cancelled_by_two, 1},
    concur::model::scenario{"its_last_handle_goes", its_last_handle_goes},
    concur::model::scenario{"started_by_two", started_by_two, 1},
    concur::model::scenario{"no_thread", no_thread},
    concur::model::scenario{"left_to_the_end", left_to_the_end},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
