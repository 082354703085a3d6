// event: who waits sees it set, however soon it is cleared, and may destroy it then.
#include "concur/threading/event.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>

namespace {

using concur::line_at;
using concur::model::require;
using concur::model::run;
using concur::threading::event;

constexpr std::chrono::nanoseconds soon{1000};

void two_wait() {
    event e;
    int left = 0;
    const auto wait = [&] {
        e.wait();
        require(left == 7, "what was written before is there");
    };
    run({wait, wait, [&] {
             left = 7;
             e.set();
         }});
    require(line_at(&e).empty(), "nobody waits in the end");
}

void set_and_cleared() {
    event e;
    const auto set_and_clear = [&] {
        while (line_at(&e).empty()) concur::model::yield();
        e.set();
        e.clear();
    };
    run({[&] { e.wait(); }, set_and_clear});
    require(!e.is_set(), "it was cleared");
}

void set_or_too_late() {
    event e;
    bool seen = false;
    run({[&] { seen = e.wait(soon); }, [&] { e.set(); }});
    require(e.is_set() && e.wait(soon), "it is set");
    require(line_at(&e).empty(), "nobody waits in the end");
}

void set_by_two() {
    event e;
    run({[&] { e.wait(); }, [&] { e.set(); }, [&] { e.set(); }});
    require(e.is_set(), "it is set");
}

void destroyed_by_who_waited() {
    auto e = std::make_unique<event>();
    run({
        [&] {
            e->wait();
            e.reset();
        },
        [&there = *e] { there.set(); },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"two_wait", two_wait, 1},
    concur::model::scenario{"set_and_cleared", set_and_cleared},
    concur::model::scenario{"set_or_too_late", set_or_too_late},
    concur::model::scenario{"set_by_two", set_by_two, 1},
    concur::model::scenario{"destroyed_by_who_waited", destroyed_by_who_waited},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
