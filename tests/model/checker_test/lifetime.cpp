// Memory: freed too early, twice, or never; and what the runtime shares behind the sources.
#include "model/atomic.hpp"
#include "model/checker.hpp"

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acq_rel = std::memory_order_acq_rel;

struct shared {
    atomic<int> owners{2};
    int value = 0;
};

// The last owner frees; with relaxed decrements nothing tells it that the other is done.
void last_owner_frees(std::memory_order order) {
    auto* const s = new shared;
    const auto leave = [s, order](int look) {
        if (look != 0) s->value += look;
        if (s->owners.fetch_sub(1, order) == 1) delete s;
    };
    run({[&] { leave(1); }, [&] { leave(0); }});
}

// A look at the count is no right to what it counts.
void looks_after_leaving(bool wrong) {
    auto* const s = new shared;
    const auto leave = [s, wrong] {
        const bool last = s->owners.fetch_sub(1, acq_rel) == 1;
        if (last) delete s;
        else if (wrong) require(s->value == 0, "nothing was written");
    };
    run({leave, leave});
}

void freed_twice(bool wrong) {
    atomic<int*> pointer{new int(1)};
    const auto take = [&] {
        if (wrong) delete pointer.load();
        else delete pointer.exchange(nullptr);
    };
    run({take, take});
}

void never_freed(bool wrong) {
    atomic<int*> pointer{nullptr};
    const auto fill = [&] {
        auto* const mine = new int(1);
        int* nothing = nullptr;
        if (!pointer.compare_exchange_strong(nothing, mine) && !wrong) delete mine;
    };
    run({fill, fill});
    delete pointer.load();
}

constinit atomic<std::vector<int>*> kept_by_a_global{nullptr};

void kept_for_ever() {
    kept_by_a_global.store(new std::vector<int>(3));
    const concur::model::forever f;
    new int(1);
}

constinit atomic<int> runs{0};
int& counter_of_function() {
    static int counter = runs.load() + 1;
    return counter;
}

// Each schedule finds the globals as the program began with them.
void globals_are_put_back() {
    require(runs.exchange(1) == 0, "this schedule is the first to change the global");
    atomic<int> sum{0};
    const auto add = [&] { sum.fetch_add(counter_of_function()); };
    run({add, add});
    require(sum.load() == 4, "the static was made once");
}

struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
    std::string more = "more than fits into the string itself, so it is on the heap";
};

// One exception, looked at by two threads; whoever lets it go last destroys it.
void shared_exception() {
    std::exception_ptr error = std::make_exception_ptr(failure("it failed"));
    atomic<int> seen{0};
    const auto look = [&seen, error]() mutable {
        try {
            std::rethrow_exception(std::exchange(error, nullptr));
        } catch (const failure& f) {
            if (f.more.size() > 20) seen.fetch_add(1, relaxed);
        }
    };
    run({look, look});
    require(seen.load() == 2, "both have seen it");
}

void throws_in_turns() {
    const auto fail_and_recover = [] {
        for (int i = 0; i < 2; ++i) {
            try {
                concur::model::yield();
                throw failure("again");
            } catch (const std::exception&) {
                concur::model::yield();
            }
        }
    };
    run({fail_and_recover, fail_and_recover});
}

void shared_pointer() {
    auto p = std::make_shared<std::string>("a text that is longer than the string's own room");
    run({[q = p] { require(q->size() > 20, "it is there"); }, [q = p] { require(q->size() > 20, "it is there"); },
         [&] { p.reset(); }});
}

void escapes() {
    run({[] { throw std::runtime_error("nobody catches this"); }});
}

void dies() {
    atomic<int*> nowhere{nullptr};
    run({[&] { *static_cast<volatile int*>(nowhere.load()) = 1; }});
}

void terminates() {
    const auto fail = [] { throw failure("out of noexcept"); };
    run({[&]() noexcept { fail(); }});
}

constexpr std::array scenarios{
    concur::model::scenario{"wrong_relaxed_owners", [] { last_owner_frees(relaxed); }},
    concur::model::scenario{"wrong_use_after_free", [] { looks_after_leaving(true); }},
    concur::model::scenario{"wrong_freed_twice", [] { freed_twice(true); }},
    concur::model::scenario{"wrong_leak", [] { never_freed(true); }},
    concur::model::scenario{"wrong_exception_escapes", escapes},
    concur::model::scenario{"wrong_program_dies", dies},
    concur::model::scenario{"wrong_terminate", terminates},
    concur::model::scenario{"right_owners", [] { last_owner_frees(acq_rel); }},
    concur::model::scenario{"right_leaving", [] { looks_after_leaving(false); }},
    concur::model::scenario{"right_freed_once", [] { freed_twice(false); }},
    concur::model::scenario{"right_no_leak", [] { never_freed(false); }},
    concur::model::scenario{"right_kept_for_ever", kept_for_ever},
    concur::model::scenario{"right_globals", globals_are_put_back},
    concur::model::scenario{"right_shared_exception", shared_exception},
    concur::model::scenario{"right_throws_in_turns", throws_in_turns},
    concur::model::scenario{"right_shared_pointer", shared_pointer},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
