// lock_watch: two threads that take locks and let them go while a third turns it off leave it whole.
#include "concur/core/lock_watch.hpp"
#include "concur/threading/lock.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::lock_watch;
using concur::model::require;
using concur::model::run;
using concur::threading::lock;

void take_both(lock& first, lock& second) {
    first.acquire();
    second.acquire();
    second.release();
    first.release();
}

void tells_of_a_circle() {
    concur::atomic<int> told{0};
    lock_watch::report_to([&](std::string_view) { told.fetch_add(1); });
    lock_watch::turn_on(concur::none);
    lock a, b;
    take_both(a, b);
    run({[&] { take_both(b, a); }});
    lock_watch::turn_off();
    lock_watch::report_to({});
    require(told.load() == 1, "it is told once");
}

void turned_off_meanwhile() {
    lock_watch::turn_on(concur::none);
    lock a, b;
    run({[&] { take_both(a, b); }, [&] { take_both(a, b); }, [&] { lock_watch::turn_off(); }});
    require(a.try_acquire() && b.try_acquire(), "both are free in the end");
}

constexpr std::array scenarios{
    concur::model::scenario{"tells_of_a_circle", tells_of_a_circle},
    concur::model::scenario{"turned_off_meanwhile", turned_off_meanwhile, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
