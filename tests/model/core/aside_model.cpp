// run_aside: each job is run once, and none waits for one that does not come back while a thread can be had.
#include "concur/core/aside.hpp"
#include "concur/core/parker.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::job;
using concur::parker;
using concur::run_aside;
using concur::model::require;
using concur::model::run;

// A job that wakes the thread that made it.
struct waker : job {
    waker() : job(&wake), spot(parker::mine()) { spot.prepare(); }
    static void wake(job& j) noexcept {
        auto& self = static_cast<waker&>(j);
        ++self.times;
        self.spot.unpark();
    }
    void until_run() {
        spot.park();
        require(times == 1, "it was run once");
    }

    parker& spot;
    int times = 0;
};

// Waits for another one in its turn.
struct waiting : waker {
    waiting() { run = &wait_and_wake; }
    static void wait_and_wake(job& j) noexcept {
        waker inner;
        run_aside(inner);
        inner.until_run();
        wake(j);
    }
};

void one_after_the_other() {
    for (int i = 0; i < 2; ++i) {
        waker w;
        run_aside(w);
        w.until_run();
    }
}

void by_two() {
    const auto once = [] {
        waker w;
        run_aside(w);
        w.until_run();
    };
    run({once, once});
}

void one_that_waits_for_another() {
    waiting w;
    run_aside(w);
    w.until_run();
}

void no_thread() {
    concur::model::fail_next_thread_start();
    waker w;
    run_aside(w);
    w.until_run();
}

constexpr std::array scenarios{
    concur::model::scenario{"one_after_the_other", one_after_the_other},
    concur::model::scenario{"by_two", by_two, 1},
    concur::model::scenario{"one_that_waits_for_another", one_that_waits_for_another},
    concur::model::scenario{"no_thread", no_thread},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
