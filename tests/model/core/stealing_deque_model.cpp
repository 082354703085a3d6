// stealing_deque: every job goes to one, whoever comes for it, and whoever looks after a push sees it.
#include "concur/core/stealing_deque.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::job;
using concur::stealing_deque;
using concur::model::require;
using concur::model::run;

struct counted : job {
    counted() : job([](job&) noexcept {}) {}
    int content = 0;  // written before the push, by the owner
    atomic<int> taken{0};
};

void count(job* j) {
    if (j == nullptr) return;
    auto& c = static_cast<counted&>(*j);
    require(c.content == 7, "what was written before the push is there");
    c.taken.fetch_add(1, std::memory_order_relaxed);
}

template <std::size_t n>
void require_each_once(std::array<counted, n>& jobs, stealing_deque& d) {
    while (job* const j = d.take()) count(j);
    for (const counted& c : jobs) require(c.taken.load() == 1, "each job goes to one");
}

// Of the last job only one of the two can have it.
void owner_and_thief() {
    stealing_deque d(2);
    std::array<counted, 2> jobs;
    run({
        [&] {
            for (counted& c : jobs) c.content = 7, d.push(c);
            count(d.take());
            count(d.take());
        },
        [&] {
            count(d.steal());
            count(d.steal());
        },
    });
    require_each_once(jobs, d);
}

void owner_and_two_thieves() {
    stealing_deque d(4);
    std::array<counted, 2> jobs;
    run({
        [&] {
            for (counted& c : jobs) c.content = 7, d.push(c);
            count(d.take());
        },
        [&] { count(d.steal()); },
        [&] { count(d.steal()); },
    });
    require_each_once(jobs, d);
}

// A thief may look into the room that was too small.
void grows_under_a_thief() {
    stealing_deque d(1);
    std::array<counted, 3> jobs;
    run({
        [&] {
            for (counted& c : jobs) c.content = 7, d.push(c);
        },
        [&] {
            count(d.steal());
            count(d.steal());
        },
    });
    require_each_once(jobs, d);
}

// A place is used again only when the thief that read it comes too late.
void goes_round() {
    stealing_deque d(1);
    std::array<counted, 3> jobs;
    run({
        [&] {
            for (counted& c : jobs) c.content = 7, d.push(c), count(d.take());
        },
        [&] { count(d.steal()); },
    });
    require_each_once(jobs, d);
}

// Who pushes a job looks for one to tell; a worker that stops looking says so by `stop`, and looks for a job then. One
// of the two sees the other.
void pushed_against(void (*stop)(concur::helpers&)) {
    stealing_deque d(2);
    counted c;
    c.content = 7;
    concur::helpers who;
    who.may_grow.store(false);
    who.looking.store(1);
    bool tells = false;
    bool stays = false;
    run({
        [&] {
            d.push(c);
            tells = who.must_be_told();
        },
        [&] {
            stop(who);
            who.looking.fetch_sub(1, std::memory_order_seq_cst);
            stays = d.size() != 0;
        },
    });
    require(tells || stays, "no job is left with nobody to know of it");
}

// It sleeps.
void pushed_or_seen() {
    pushed_against([](concur::helpers& who) { who.idle.fetch_add(1, std::memory_order_seq_cst); });
}

// It leaves, and another may be started.
void pushed_or_replaced() {
    pushed_against([](concur::helpers& who) { who.may_grow.store(true, std::memory_order_seq_cst); });
}

constexpr std::array scenarios{
    concur::model::scenario{"owner_and_thief", owner_and_thief},
    concur::model::scenario{"owner_and_two_thieves", owner_and_two_thieves},
    concur::model::scenario{"grows_under_a_thief", grows_under_a_thief},
    concur::model::scenario{"goes_round", goes_round},
    concur::model::scenario{"pushed_or_seen", pushed_or_seen},
    concur::model::scenario{"pushed_or_replaced", pushed_or_replaced},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
