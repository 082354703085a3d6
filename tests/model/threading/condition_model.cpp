// condition: no notice that is given under the lock passes by who waits, and none is lost with one who leaves.
#include "concur/threading/condition.hpp"
#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>
#include <mutex>

namespace {

using concur::model::require;
using concur::model::run;
using concur::threading::condition;
using concur::threading::lock;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};

struct counted {
    lock l;
    condition c{l};
    int there = 0;

    void take() {
        const std::scoped_lock held(c);
        require(c.wait_for([this] { return there > 0; }), "there is one in the end");
        --there;
    }
    void put(int n, int notices) {
        const std::scoped_lock held(c);
        there += n;
        c.notify(notices);
    }
    void require_free() {
        require(l.try_acquire(), "the lock is free in the end");
        l.release();
    }
};

void one_notice() {
    counted s;
    run({[&] { s.take(); }, [&] { s.put(1, 1); }});
    require(s.there == 0, "it was taken");
    s.require_free();
}

void two_wait() {
    counted s;
    run({[&] { s.take(); }, [&] { s.take(); }, [&] { s.put(2, 2); }});
    require(s.there == 0, "both were taken");
    s.require_free();
}

void notice_or_too_late() {
    counted s;
    bool told = false;
    run({[&] {
             const std::scoped_lock held(s.c);
             told = s.c.wait(soon);
             require(s.l.locked(), "it has the lock again");
         },
         [&] { s.put(1, 1); }});
    require(!told || s.there == 1, "it was told after");
    s.require_free();
}

// It may have its notice, and not the lock yet, when it is destroyed.
homed take(manual_home&, counted& s, int& how) {
    co_await s.l.async_acquire();
    while (s.there == 0) co_await s.c.async_wait();
    --s.there;
    s.l.release();
    how = 1;
}

void coroutine_goes_on() {
    manual_home home;
    counted s;
    int how = 0;
    const homed c = take(home, s, how);
    run({[&] { s.put(1, 1); },
         [&] {
             while (how == 0)
                 if (!home.run_one()) concur::model::yield();
         }});
    require(s.there == 0, "it was taken");
    s.require_free();
}

void destroyed_with_its_notice() {
    manual_home home;
    counted s;
    int how = 0;
    auto c = std::make_unique<homed>(take(home, s, how));
    run({[&] { s.put(1, 1); },
         [&] {
             home.run_one();
             c.reset();
             if (how == 1) s.put(1, 1);
         },
         [&] { s.take(); }});
    require(s.there == 0, "its notice was another's");
    require(home.empty(), "nothing is left in its home");
    s.require_free();
}

constexpr std::array scenarios{
    concur::model::scenario{"one_notice", one_notice},
    concur::model::scenario{"two_wait", two_wait, 1},
    concur::model::scenario{"notice_or_too_late", notice_or_too_late},
    concur::model::scenario{"coroutine_goes_on", coroutine_goes_on, 1},
    concur::model::scenario{"destroyed_with_its_notice", destroyed_with_its_notice, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
