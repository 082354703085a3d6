// parking: no turn is lost between who gives it, who is called, and who leaves because of the time.
#include "concur/core/atomic.hpp"
#include "concur/core/parking.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::deadline;
using concur::line_at;
using concur::turn;
using concur::waiter;
using concur::model::require;
using concur::model::run;

deadline soon() { return deadline(std::chrono::nanoseconds{1000}); }

// One thing that is there or not. `left` is what whoever put it there has written before.
struct thing {
    atomic<bool> there{false};
    int left = 0;

    bool take() noexcept { return there.exchange(false, std::memory_order_acquire); }
    bool wait(deadline until = deadline::never()) {
        const bool got = concur::wait_in_line(this, law, until, {}) == turn::given;
        if (got) require(left == 7, "what was written before is there");
        return got;
    }
    void put(turn how) {
        waiter* next = nullptr;
        {
            line_at line(this);
            next = line.take(how);
            if (left != 7) left = 7;  // once, for who got it before may still read it
            if (how == turn::called || next == nullptr) there.store(true, std::memory_order_release);
        }
        if (next != nullptr) next->run(*next);
    }
    bool nobody_waits() { return line_at(this).empty(); }

    static const concur::law_at_address law;
};

const concur::law_at_address thing::law{
    "thing",
    false,
    [](waiter& w) noexcept { return static_cast<thing*>(w.at)->take(); },
    [](waiter& w) noexcept { return static_cast<thing*>(w.at)->take() ? turn::given : turn::waiting; },
    [](waiter&) noexcept {},
};

void given() {
    thing t;
    run({[&] { require(t.wait(), "it got it"); }, [&] { t.put(turn::given); }});
    require(t.nobody_waits(), "the line is empty");
}

void called() {
    thing t;
    run({[&] { require(t.wait(), "it got it"); }, [&] { t.put(turn::called); }});
    require(t.nobody_waits(), "the line is empty");
}

void called_for_nothing() {
    thing t;
    run({
        [&] { require(t.wait(), "it got it in the end"); },
        [&] { t.put(turn::called); },
        [&] {
            if (t.take()) t.put(turn::called);
        },
    });
}

void given_or_too_late() {
    thing t;
    bool got = false;
    run({[&] { got = t.wait(soon()); }, [&] { t.put(turn::given); }});
    require(t.nobody_waits(), "the line is empty");
    require(got != t.there.load(), "it has it, or it is still there");
}

void called_or_too_late() {
    thing t;
    bool got = false;
    run({[&] { got = t.wait(soon()); }, [&] { t.put(turn::called); }});
    require(t.nobody_waits(), "the line is empty");
    require(got != t.there.load(), "it has it, or it is still there");
}

void two_wait() {
    thing t;
    run({
        [&] { require(t.wait(), "the first got one"); },
        [&] { require(t.wait(), "the second got one"); },
        [&] {
            t.put(turn::given);
            while (t.there.load()) concur::model::yield();
            t.put(turn::given);
        },
    });
    require(t.nobody_waits(), "the line is empty");
}

// The stop callback's part: it may come before the wait, while it lasts, or after it was called.
void ended_from_outside() {
    struct told : waiter {
        explicit told(void* address) noexcept : waiter(address, thing::law, &tell) {}
        static void tell(concur::job& j) noexcept { ++static_cast<told&>(j).runs; }
        int runs = 0;
    };
    int place = 0;
    told w(&place);
    bool joined = false;
    run({
        [&] { joined = line_at(&place).join(w); },
        [&] { concur::stop_waiting{w}(); },
    });
    require(w.how == turn::stopped, "it was stopped");
    require(w.runs == (joined ? 1 : 0), "it was run if it stood there");
    require(line_at(&place).empty(), "the line is empty");
}

constexpr std::array scenarios{
    concur::model::scenario{"given", given},
    concur::model::scenario{"called", called},
    concur::model::scenario{"called_for_nothing", called_for_nothing},
    concur::model::scenario{"given_or_too_late", given_or_too_late},
    concur::model::scenario{"called_or_too_late", called_or_too_late},
    concur::model::scenario{"two_wait", two_wait, 1},
    concur::model::scenario{"ended_from_outside", ended_from_outside},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
