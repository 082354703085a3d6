#include "concur/queue/task_count.hpp"

#include <stdexcept>

namespace concur {

const law_at_address task_count::law{
    "queue",
    false,
    [](waiter& w) noexcept { return static_cast<task_count*>(w.at)->all_done(); },
    [](waiter& w) noexcept { return static_cast<task_count*>(w.at)->see_all_done() ? turn::given : turn::waiting; },
    [](waiter&) noexcept {},
};

bool task_count::all_done() const noexcept {
    const std::uint64_t done = done_.load(std::memory_order_acquire) / one;
    return done == begun_.load(std::memory_order_acquire);
}

// How many are begun, where one more can be done.
std::uint64_t task_count::counted(std::uint64_t seen) const {
    const std::uint64_t begun = begun_.load(std::memory_order_acquire);
    if (seen / one >= begun)
        throw std::logic_error("task_done: it was called more often than items were put; call it once for each item");
    return begun;
}

void task_count::done() {
    std::uint64_t seen = done_.load(std::memory_order_acquire);
    do {
        counted(seen);
        if ((seen & wanted) != 0) return done_and_tell();
    } while (!done_.compare_exchange_weak(seen, seen + one, std::memory_order_acq_rel, std::memory_order_acquire));
}

// Once the word says that all are done, another thread may see it and destroy this.
void task_count::done_and_tell() {
    taken_waiters told;
    {
        line_at line(this);
        std::uint64_t seen = done_.load(std::memory_order_acquire), next = 0;
        bool are_all = false;
        do {
            are_all = seen / one + 1 == counted(seen);
            next = seen + one;
            if (are_all || line.empty()) next &= ~wanted;
        } while (!done_.compare_exchange_weak(seen, next, std::memory_order_acq_rel, std::memory_order_acquire));
        if (are_all) line.take_all(turn::given, told);
    }
    told.run_all();
}

void task_count::drop(std::uint64_t n, taken_waiters& told) noexcept {
    line_at line(this);
    std::uint64_t seen = done_.load(std::memory_order_acquire), next = 0;
    bool are_all = false;
    do {
        const std::uint64_t begun = begun_.load(std::memory_order_acquire);
        are_all = begun - seen / one <= n;
        next = are_all ? begun * one : seen + n * one;
    } while (!done_.compare_exchange_weak(seen, next, std::memory_order_acq_rel, std::memory_order_acquire));
    if (are_all) line.take_all(turn::given, told);
}

// Under the line's lock. Where they are not, word is left that somebody waits.
bool task_count::see_all_done() noexcept {
    std::uint64_t seen = done_.load(std::memory_order_acquire);
    do {
        if (seen / one == begun_.load(std::memory_order_acquire)) return true;
    } while ((seen & wanted) == 0 &&
             !done_.compare_exchange_weak(seen, seen | wanted, std::memory_order_acq_rel, std::memory_order_acquire));
    return false;
}

}  // namespace concur
