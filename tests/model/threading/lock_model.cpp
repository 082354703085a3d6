// lock: one holder at a time, and no release is lost, whoever leaves the line meanwhile.
#include "concur/threading/lock.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>

namespace {

using concur::line_at;
using concur::model::require;
using concur::model::run;
using concur::threading::lock;

constexpr std::chrono::nanoseconds soon{1000};

struct counted {
    lock l;
    int count = 0;

    void once() {
        l.acquire();
        ++count;
        l.release();
    }
    bool once_in_time() {
        if (!l.acquire(soon)) return false;
        ++count;
        l.release();
        return true;
    }
    void require_free(int wanted) {
        require(count == wanted, "each saw what the others had counted");
        require(l.try_acquire(), "it is free in the end");
        require(line_at(&l).empty(), "nobody waits in the end");
        l.release();
    }
};

void two_threads() {
    counted c;
    const auto twice = [&] {
        c.once();
        c.once();
    };
    run({twice, twice});
    c.require_free(4);
}

void three_threads() {
    counted c;
    const auto once = [&] { c.once(); };
    run({once, once, once});
    c.require_free(3);
}

// The first in line is given it, the second called.
void handed_over() {
    counted c;
    c.l.acquire();
    const auto once = [&] { c.once(); };
    run({once, once, [&] {
             concur::model::pass_time(2'000'000);
             c.l.release();
         }});
    c.require_free(2);
}

void late_or_not() {
    counted c;
    int got = 0;
    c.l.acquire();
    run({[&] { got = c.once_in_time() ? 1 : 0; }, [&] { c.l.release(); }});
    c.require_free(got);
}

// Who is called and leaves must not keep the other asleep.
void one_leaves() {
    counted c;
    int got = 0;
    c.l.acquire();
    run({[&] { got = c.once_in_time() ? 1 : 0; }, [&] { c.once(); }, [&] { c.l.release(); }});
    c.require_free(1 + got);
}

void tried() {
    counted c;
    int got = 0;
    run({[&] { c.once(); }, [&] { c.once(); },
         [&] {
             if (!c.l.try_acquire()) return;
             got = 1;
             ++c.count;
             c.l.release();
         }});
    c.require_free(2 + got);
}

// Its last user destroys it, though the release before has not come back.
void destroyed_by_the_last() {
    auto c = std::make_unique<counted>();
    c->l.acquire();
    run({
        [&] {
            c->l.acquire();
            c->l.release();
            c.reset();
        },
        [&l = c->l] { l.release(); },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"two_threads", two_threads},
    concur::model::scenario{"three_threads", three_threads, 1},
    concur::model::scenario{"handed_over", handed_over, 1},
    concur::model::scenario{"late_or_not", late_or_not},
    concur::model::scenario{"one_leaves", one_leaves, 1},
    concur::model::scenario{"tried", tried, 1},
    concur::model::scenario{"destroyed_by_the_last", destroyed_by_the_last},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
