// What the memory model allows, and what it does not.
#include "model/atomic.hpp"
#include "model/checker.hpp"

#include <array>
#include <atomic>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

template <class Flag>
void publish(std::memory_order store_order, std::memory_order load_order) {
    int payload = 0;
    Flag ready{0};
    run({
        [&] {
            payload = 7;
            ready.store(1, store_order);
        },
        [&] {
            if (ready.load(load_order) == 1) require(payload == 7, "the payload is there");
        },
    });
}

void count(bool in_one_step) {
    atomic<int> counter{0};
    const auto add = [&] {
        if (in_one_step) counter.fetch_add(1, relaxed);
        else counter.store(counter.load(relaxed) + 1, relaxed);
    };
    run({add, add});
    require(counter.load(relaxed) == 2, "both were counted");
}

// Each stores its own and looks at the other's: one of them must see the other.
void store_buffering(std::memory_order store_order, std::memory_order load_order) {
    atomic<int> x{0};
    atomic<int> y{0};
    int seen_y = 0;
    int seen_x = 0;
    run({
        [&] {
            x.store(1, store_order);
            seen_y = y.load(load_order);
        },
        [&] {
            y.store(1, store_order);
            seen_x = x.load(load_order);
        },
    });
    require(seen_x + seen_y > 0, "one of the two saw the other's store");
}

void store_buffering_with_fences(std::memory_order order) {
    std::atomic<int> x{0};
    std::atomic<int> y{0};
    int seen_y = 0;
    int seen_x = 0;
    run({
        [&] {
            x.store(1, relaxed);
            concur::model::fence(order);
            seen_y = y.load(relaxed);
        },
        [&] {
            y.store(1, relaxed);
            concur::model::fence(order);
            seen_x = x.load(relaxed);
        },
    });
    require(seen_x + seen_y > 0, "one of the two saw the other's store");
}

// The middle thread's change continues the release sequence; its store breaks it.
void release_sequence(bool by_change) {
    int payload = 0;
    atomic<int> flag{0};
    run({
        [&] {
            payload = 7;
            flag.store(1, release);
        },
        [&] {
            if (by_change) flag.fetch_add(1, relaxed);
            else if (flag.load(relaxed) == 1) flag.store(2, relaxed);
        },
        [&] {
            if (flag.load(acquire) == 2) require(payload == 7, "the payload is there");
        },
    });
}

void fences_publish(std::memory_order before_store, std::memory_order after_load) {
    int payload = 0;
    atomic<int> flag{0};
    run({
        [&] {
            payload = 7;
            concur::model::fence(before_store);
            flag.store(1, relaxed);
        },
        [&] {
            const int seen = flag.load(relaxed);
            concur::model::fence(after_load);
            if (seen == 1) require(payload == 7, "the payload is there");
        },
    });
}

// Two readers of two independent stores see them in one order, if all is seq_cst.
void independent_reads(std::memory_order store_order, std::memory_order load_order) {
    atomic<int> x{0};
    atomic<int> y{0};
    std::array<int, 4> seen{};
    run({
        [&] { x.store(1, store_order); },
        [&] { y.store(1, store_order); },
        [&] {
            seen[0] = x.load(load_order);
            seen[1] = y.load(load_order);
        },
        [&] {
            seen[2] = y.load(load_order);
            seen[3] = x.load(load_order);
        },
    });
    const bool x_first = seen[0] == 1 && seen[1] == 0;
    const bool y_first = seen[2] == 1 && seen[3] == 0;
    require(!(x_first && y_first), "the two readers agree on the order");
}

// A thread never goes back to an older store of one word, however weak the order.
void coherence() {
    atomic<int> x{0};
    run({
        [&] {
            x.store(1, relaxed);
            x.store(2, relaxed);
        },
        [&] {
            const int first = x.load(relaxed);
            require(x.load(relaxed) >= first, "what was seen is not unseen");
        },
    });
}

void plain_race(bool guarded) {
    int shared = 0;
    atomic<int> taken{0};
    const auto write = [&] {
        if (!guarded || taken.exchange(1, acq_rel) == 0) ++shared;
    };
    run({write, write});
}

// Neighbours in one word of memory do not race.
void neighbours() {
    std::array<char, 8> bytes{};
    run({[&] { bytes[1] = 1; }, [&] { bytes[2] = 1; }});
    require(bytes[1] + bytes[2] == 2, "both are there");
}

void weak_compare(bool in_a_loop) {
    atomic<int> x{0};
    run({[&] {
        int expected = 0;
        while (!x.compare_exchange_weak(expected, 1) && in_a_loop) {
        }
    }});
    require(x.load() == 1, "the word was changed");
}

constexpr std::array scenarios{
    concur::model::scenario{"wrong_relaxed_publish", [] { publish<atomic<int>>(relaxed, acquire); }},
    concur::model::scenario{"wrong_relaxed_look", [] { publish<atomic<int>>(release, relaxed); }},
    concur::model::scenario{"wrong_relaxed_publish_std", [] { publish<std::atomic<int>>(relaxed, acquire); }},
    concur::model::scenario{"wrong_lost_update", [] { count(false); }},
    concur::model::scenario{"wrong_store_buffering", [] { store_buffering(release, acquire); }},
    concur::model::scenario{"wrong_fences_too_weak", [] { store_buffering_with_fences(acq_rel); }},
    concur::model::scenario{"wrong_sequence_broken", [] { release_sequence(false); }},
    concur::model::scenario{"wrong_fence_missing", [] { fences_publish(relaxed, acquire); }},
    concur::model::scenario{"wrong_readers_disagree", [] { independent_reads(release, acquire); }},
    concur::model::scenario{"wrong_plain_race", [] { plain_race(false); }},
    concur::model::scenario{"wrong_weak_compare_once", [] { weak_compare(false); }},
    concur::model::scenario{"right_publish", [] { publish<atomic<int>>(release, acquire); }},
    concur::model::scenario{"right_publish_std", [] { publish<std::atomic<int>>(release, acquire); }},
    concur::model::scenario{"right_count", [] { count(true); }},
    concur::model::scenario{"right_store_buffering", [] { store_buffering(seq_cst, seq_cst); }},
    concur::model::scenario{"right_fences", [] { store_buffering_with_fences(seq_cst); }},
    concur::model::scenario{"right_sequence", [] { release_sequence(true); }},
    concur::model::scenario{"right_fences_publish", [] { fences_publish(release, acquire); }},
    concur::model::scenario{"right_readers_agree", [] { independent_reads(seq_cst, seq_cst); }},
    concur::model::scenario{"right_coherence", coherence},
    concur::model::scenario{"right_guarded", [] { plain_race(true); }},
    concur::model::scenario{"right_neighbours", neighbours},
    concur::model::scenario{"right_weak_compare_loop", [] { weak_compare(true); }},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
