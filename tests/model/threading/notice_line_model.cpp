// notice_line: who has joined before its lock was free has the notice that comes under that lock.
#include "concur/core/lock_word.hpp"
#include "concur/threading/notice_line.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::deadline;
using concur::holding;
using concur::lock_word;
using concur::turn;
using concur::model::require;
using concur::model::run;
using concur::threading::lock_to_leave;
using concur::threading::notice_line;

constexpr std::chrono::nanoseconds soon{1000};

struct held_word final : lock_to_leave {
    explicit held_word(lock_word& l) noexcept : lock(l) { lock.acquire(); }
    void leave() noexcept override { lock.release(); }
    lock_word& lock;
};

struct counted {
    turn wait(deadline until) {
        held_word held(lock);
        if (there > 0) return lock.release(), turn::given;
        return line.wait(held, until, {});
    }
    void put() {
        const holding h(lock);
        ++there;
        line.notify(1);
    }
    lock_word lock;
    notice_line line;
    int there = 0;
};

void told_or_there() {
    counted c;
    run({[&] { require(c.wait(deadline::never()) == turn::given, "it was told, or saw it"); }, [&] { c.put(); }});
    require(c.line.empty(), "nobody waits in the end");
}

void told_or_too_late() {
    counted c;
    run({[&] { (void)c.wait(deadline(soon)); }, [&] { c.put(); }});
    require(c.line.empty(), "nobody waits in the end");
}

// The notice goes to the one who stays, whoever of the two came first.
void one_gives_up() {
    counted c;
    bool told = false;
    run({[&] { told = c.wait(deadline(soon)) == turn::given; },
         [&] { require(c.wait(deadline::never()) == turn::given, "it was told, or saw it"); },
         [&] {
             c.put();
             c.put();
         }});
    require(c.line.empty(), "nobody waits in the end");
}

constexpr std::array scenarios{
    concur::model::scenario{"told_or_there", told_or_there},
    concur::model::scenario{"told_or_too_late", told_or_too_late},
    concur::model::scenario{"one_gives_up", one_gives_up, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
