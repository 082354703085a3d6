// end_lock: one has it at a time, nobody sleeps on for ever, and whoever takes it last may destroy it.
#include "concur/queue/end_lock.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>

namespace {

using concur::end_lock;
using concur::model::require;
using concur::model::run;

void three_threads() {
    end_lock l;
    int n = 0;
    const auto add = [&] {
        l.acquire();
        ++n;
        l.release();
    };
    run({add, add, add});
    require(n == 3, "each had it");
    require(l.try_acquire(), "it is free in the end");
}

void tried() {
    end_lock l;
    int n = 0;
    const auto add = [&] {
        if (!l.try_acquire()) return;
        ++n;
        l.release();
    };
    run({add, [&] {
             l.acquire();
             ++n;
             l.release();
         }});
    require(n >= 1, "one had it");
    require(l.try_acquire(), "it is free in the end");
}

void destroyed_by_the_last() {
    auto l = std::make_unique<end_lock>();
    int n = 0;
    l->acquire();
    run({
        [&, &lock = *l] {
            n = 1;
            lock.release();
        },
        [&] {
            l->acquire_last();
            require(n == 1, "the other had it before");
            l.reset();
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"three_threads", three_threads},
    concur::model::scenario{"tried", tried},
    concur::model::scenario{"destroyed_by_the_last", destroyed_by_the_last},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
