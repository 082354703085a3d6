// shared_lock: readers together, a writer alone, and nobody is forgotten in the line.
#include "concur/threading/shared_lock.hpp"
#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>

namespace {

using concur::line_at;
using concur::model::require;
using concur::model::run;
using concur::threading::shared_lock;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};

struct counted {
    shared_lock l;
    int a = 0, b = 0;

    void write() {
        l.acquire();
        ++a;
        ++b;
        l.release();
    }
    void read() {
        l.acquire_shared();
        require(a == b, "no writer is in the middle");
        l.release_shared();
    }
    void require_free(int writes) {
        require(a == writes && b == writes, "each saw what the others had written");
        require(l.try_acquire(), "it is free in the end");
        l.release();
        require(l.try_acquire_shared(), "for readers too");
        l.release_shared();
        require(line_at(&l).empty(), "nobody waits in the end");
    }
};

void writers() {
    counted c;
    const auto write = [&] { c.write(); };
    run({write, write, write});
    c.require_free(3);
}

void readers_and_a_writer() {
    counted c;
    const auto read = [&] { c.read(); };
    run({[&] { c.write(); }, read, read});
    c.require_free(1);
}

void readers_and_writers() {
    counted c;
    const auto write = [&] { c.write(); };
    run({write, write, [&] { c.read(); }});
    c.require_free(2);
}

// A second reader does not come in while a writer stands in line.
void writer_is_not_passed() {
    counted c;
    c.l.acquire_shared();
    run({[&] { c.write(); },
         [&] {
             while (line_at(&c.l).empty()) concur::model::yield();
             require(!c.l.try_acquire_shared(), "the writer is first");
             c.l.release_shared();
         }});
    c.require_free(1);
}

// It is held all the time, so only the writer's leaving can let the reader in.
void writer_leaves() {
    counted c;
    c.l.acquire_shared();
    bool wrote = true;
    run({[&] { wrote = c.l.acquire(soon); }, [&] { c.read(); }});
    require(!wrote, "a reader has it all the time");
    c.l.release_shared();
    c.require_free(0);
}

void late_or_not() {
    counted c;
    c.l.acquire();
    bool read = false;
    run({[&] {
             read = c.l.acquire_shared(soon);
             if (read) c.l.release_shared();
         },
         [&] {
             ++c.a;
             ++c.b;
             c.l.release();
         },
         [&] { c.write(); }});
    c.require_free(2);
}

void upgrades() {
    counted c;
    c.l.acquire_shared();
    run({[&] {
             require(c.l.upgrade(), "it has it alone");
             ++c.a;
             ++c.b;
             c.l.release();
         },
         [&] { c.read(); }, [&] { c.write(); }});
    c.require_free(2);
}

void upgrades_too_late() {
    counted c;
    c.l.acquire_shared();
    run({[&] {
             if (c.l.upgrade(soon)) c.l.release();
             else c.l.release_shared();
         },
         [&] { c.read(); }, [&] { c.read(); }});
    c.require_free(0);
}

// The writer leaves as the reader that keeps it out does, and the next reader comes in and upgrades.
void upgrades_as_a_writer_leaves() {
    counted c;
    c.l.acquire_shared();
    run({[&] { c.l.release_shared(); },
         [&] {
             if (c.l.acquire(soon)) c.l.release();
         },
         [&] {
             c.l.acquire_shared();
             require(c.l.upgrade(), "it has it alone in the end");
             c.l.release();
         }});
    c.require_free(0);
}

void downgrades() {
    counted c;
    c.l.acquire();
    run({[&] {
             ++c.a;
             ++c.b;
             c.l.downgrade();
             require(c.a == 1, "no writer came in between");
             c.l.release_shared();
         },
         [&] { c.read(); }, [&] { c.write(); }});
    c.require_free(2);
}

homed hold(manual_home&, shared_lock& l, int& how) { how = co_await l.async_acquire() ? 1 : 2; }

void destroyed_while_it_is_called() {
    manual_home home;
    counted c;
    int how = 0;
    c.l.acquire_shared();
    auto waits = std::make_unique<homed>(hold(home, c.l, how));
    run({[&] { c.l.release_shared(); }, [&] { waits.reset(); }, [&] { c.read(); }});
    require(how == 0 && home.empty(), "it did not go on");
    c.require_free(0);
}

constexpr std::array scenarios{
    concur::model::scenario{"writers", writers, 1},
    concur::model::scenario{"readers_and_a_writer", readers_and_a_writer, 1},
    concur::model::scenario{"readers_and_writers", readers_and_writers, 1},
    concur::model::scenario{"writer_is_not_passed", writer_is_not_passed},
    concur::model::scenario{"writer_leaves", writer_leaves},
    concur::model::scenario{"late_or_not", late_or_not, 1},
    concur::model::scenario{"upgrades", upgrades, 1},
    concur::model::scenario{"upgrades_too_late", upgrades_too_late, 1},
    concur::model::scenario{"upgrades_as_a_writer_leaves", upgrades_as_a_writer_leaves, 1},
    concur::model::scenario{"downgrades", downgrades, 1},
    concur::model::scenario{"destroyed_while_it_is_called", destroyed_while_it_is_called, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
