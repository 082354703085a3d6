// lock_word: one holder at a time, and nobody sleeps for ever.
#include "concur/core/lock_word.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::holding;
using concur::lock_word;
using concur::model::require;
using concur::model::run;

void count_twice(lock_word& lock, int& counter) {
    for (int i = 0; i < 2; ++i) {
        const holding h(lock);
        ++counter;
    }
}

void two_threads() {
    lock_word lock;
    int counter = 0;
    const auto count = [&] { count_twice(lock, counter); };
    run({count, count});
    require(counter == 4, "each saw what the others had counted");
}

void three_threads() {
    lock_word lock;
    int counter = 0;
    const auto count = [&] {
        const holding h(lock);
        ++counter;
    };
    run({count, count, count});
    require(counter == 3, "each saw what the others had counted");
}

void trying() {
    lock_word lock;
    int counter = 0;
    int expected = 0;
    const auto count = [&] {
        const holding h(lock);
        ++counter;
        ++expected;
    };
    const auto try_to_count = [&] {
        if (!lock.try_acquire()) return;
        ++counter;
        ++expected;
        lock.release();
    };
    run({count, try_to_count, try_to_count});
    require(counter == expected, "only a holder counts");
    require(lock.try_acquire(), "it is free in the end");
}

constinit lock_word global_lock;
constinit int global_counter = 0;

void made_at_compile_time() {
    const auto count = [] {
        const holding h(global_lock);
        ++global_counter;
    };
    run({count, count});
    require(global_counter == 2, "each saw what the other had counted");
}

constexpr std::array scenarios{
    concur::model::scenario{"two_threads", two_threads},
    concur::model::scenario{"three_threads", three_threads},
    concur::model::scenario{"trying", trying},
    concur::model::scenario{"made_at_compile_time", made_at_compile_time},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
