// awaited_turn: a coroutine that waits goes on once, and a turn that it does not use goes to the next.
#include "concur/core/awaited_turn.hpp"
#include "concur/threading/lock.hpp"
#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>

namespace {

using concur::line_at;
using concur::model::require;
using concur::model::run;
using concur::threading::lock;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};

enum class end { none, got, late };

homed hold(manual_home&, lock& l, end& how, concur::timeout t = concur::none) {
    how = co_await l.async_acquire(t) ? end::got : end::late;
}

void run_next(manual_home& home) {
    while (!home.run_one()) concur::model::yield();
}

void require_free(lock& l) {
    require(l.try_acquire(), "the lock is free in the end");
    require(line_at(&l).empty(), "nobody waits in the end");
    l.release();
}

void goes_on_in_its_home() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    const homed c = hold(home, l, how);
    run({[&] { l.release(); }, [&] { run_next(home); }});
    require(how == end::got, "it has the lock");
    l.release();
    require_free(l);
}

void finds_it_taken() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    const homed c = hold(home, l, how);
    run({
        [&] { l.release(); },
        [&] {
            l.acquire();
            l.release();
        },
        [&] {
            while (how == end::none) run_next(home);
            l.release();
        },
    });
    require(how == end::got, "it had the lock");
    require_free(l);
}

void destroyed_while_it_is_called() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    auto c = std::make_unique<homed>(hold(home, l, how));
    run({[&] { l.release(); }, [&] { c.reset(); }});
    require(how == end::none, "it did not go on");
    require(home.empty(), "nothing is left in its home");
    require_free(l);
}

void destroyed_before_another() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    auto c = std::make_unique<homed>(hold(home, l, how));
    run({
        [&] {
            concur::model::pass_time(2'000'000);
            l.release();
        },
        [&] { c.reset(); },
        [&] {
            l.acquire();
            l.release();
        },
    });
    require_free(l);
}

void called_or_too_late() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    const homed c = hold(home, l, how, soon);
    run({[&] { l.release(); },
         [&] {
             while (how == end::none)  // or its time was over before it stood in line
                 if (!home.run_one()) concur::model::yield();
         }});
    require(how != end::none, "it went on");
    if (how == end::got) l.release();
    require_free(l);
}

void destroyed_or_too_late() {
    manual_home home;
    lock l;
    end how = end::none;
    l.acquire();
    auto c = std::make_unique<homed>(hold(home, l, how, soon));
    const end at_once = how;  // where its time was over before it stood in line
    run({[&] { c.reset(); }});
    require(how == at_once, "it did not go on");
    l.release();
    require_free(l);
}

constexpr std::array scenarios{
    concur::model::scenario{"goes_on_in_its_home", goes_on_in_its_home},
    concur::model::scenario{"finds_it_taken", finds_it_taken, 1},
    concur::model::scenario{"destroyed_while_it_is_called", destroyed_while_it_is_called},
    concur::model::scenario{"destroyed_before_another", destroyed_before_another, 1},
    concur::model::scenario{"called_or_too_late", called_or_too_late, 1},
    concur::model::scenario{"destroyed_or_too_late", destroyed_or_too_late, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
