// alarm: it rings once or was cancelled, never both, and nobody touches it afterwards.
#include "concur/core/alarm.hpp"
#include "concur/core/parker.hpp"
#include "model/checker.hpp"

#include <array>
#include <system_error>

namespace {

using concur::atomic;
using concur::deadline;
using concur::parker;
using concur::timer_alarm;
using concur::model::require;
using concur::model::run;

deadline in_ns(int ns) { return deadline(std::chrono::nanoseconds{ns}); }

// An alarm that wakes the thread that made it.
struct waker : timer_alarm {
    waker() : timer_alarm(&ring), spot(parker::mine()) { spot.prepare(); }
    static void ring(timer_alarm& a) noexcept {
        waker& self = static_cast<waker&>(a);
        ++self.rung;
        self.spot.unpark();
    }

    parker& spot;
    int rung = 0;
};

void rings() {
    waker w;
    w.set(in_ns(1000));
    w.spot.park();
    require(w.rung == 1, "it has rung");
    require(!w.cancel(), "it rings no more");
}

void earlier_one_first() {
    waker late;
    late.set(in_ns(5000));
    run({[] {
        waker early;
        early.set(in_ns(1000));
        early.spot.park();
        require(early.rung == 1, "it has rung");
    }});
    if (!late.cancel()) late.spot.park();
}

void rings_or_is_cancelled() {
    waker w;
    atomic<bool> cancelled{false};
    w.set(in_ns(1000));
    run({[&] { cancelled.store(w.cancel()); }});
    if (!cancelled.load()) w.spot.park();
    require(w.rung == (cancelled.load() ? 0 : 1), "one of the two");
}

void set_by_two() {
    const auto ring_once = [] {
        waker w;
        w.set(in_ns(1000));
        w.spot.park();
        require(w.rung == 1, "it has rung");
    };
    run({ring_once, ring_once});
}

void no_thread() {
    concur::model::fail_next_thread_start();
    waker w;
    bool refused = false;
    try {
        w.set(in_ns(1000));
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused, "the caller is told");
    require(!w.cancel(), "it is not set");
    w.set(in_ns(1000));
    w.spot.park();
    require(w.rung == 1, "the next attempt succeeds");
}

constexpr std::array scenarios{
    concur::model::scenario{"rings", rings},
    concur::model::scenario{"earlier_one_first", earlier_one_first},
    concur::model::scenario{"rings_or_is_cancelled", rings_or_is_cancelled},
    concur::model::scenario{"set_by_two", set_by_two},
    concur::model::scenario{"no_thread", no_thread},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
