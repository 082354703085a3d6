// What the soak does to pools of threads: pieces of work of every kind, a few milliseconds each, which look at all that
// comes of them.
#pragma once
#include "concur/futures.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace soak {

using numbers = std::mt19937_64;

// Ends the program where `held` is false. Any thread.
void require(bool held, const char* what);

// Those that are there from the beginning to the end, and what has been done so far.
struct pools {
    using options = concur::thread_pool_options;
    static constexpr std::chrono::milliseconds soon{1};

    concur::thread_pool_executor usual{options{.max_workers = 4}};  // resized all the time
    concur::thread_pool_executor leaving{options{.max_workers = 3, .idle_timeout = soon}};
    concur::thread_pool_executor blocking{options{.max_workers = 2, .max_pending = 16}};
    concur::thread_pool_executor refusing{
        options{.max_workers = 2, .max_pending = 16, .when_full = concur::overflow::fail}};

    std::atomic<std::uint64_t> tasks{0};  // but for those of recursions and loops
    std::atomic<std::uint64_t> made{0};  // pools that came and went
};

struct act {
    const char* name;
    void (*run)(pools&, numbers&);
};
std::span<const act> acts_of_futures();
std::span<const act> acts_of_pools();

// From 1 to `n`.
inline std::size_t up_to(numbers& random, std::size_t n) { return static_cast<std::size_t>(random() % n) + 1; }

inline std::size_t sum_below(std::size_t n) { return n * (n - 1) / 2; }

inline concur::thread_pool_executor& any_of(pools& p, numbers& random) {
    concur::thread_pool_executor* const all[] = {&p.usual, &p.usual, &p.leaving, &p.blocking};
    return *all[random() % std::size(all)];
}

// What the task gave. One that is not done after so long is lost.
template <class T>
T had(concur::future<T> f) {
    require(f.wait_for(support::long_enough), "a task is lost");
    return std::move(f).result();
}

// Each gives its number.
inline std::vector<concur::future<std::size_t>> numbered(pools& p, concur::thread_pool_executor& pool, std::size_t n) {
    p.tasks += n;
    std::vector<concur::future<std::size_t>> all;
    all.reserve(n);
    for (std::size_t i = 0; i < n; ++i) all.push_back(pool.submit([i] { return i; }));
    return all;
}

// All threads that the library keeps for the whole program are there afterwards: its timer, and those for what must
// not keep that one.
void start_lasting_threads();

}  // namespace soak
