// The atomic words of a schedule, and what a load of each may see.
//
// The memory model is C++20's, with one narrowing: the modification order of a word and the order
// of the seq_cst operations are the order in which the schedule runs them. A load may see any of
// the last eight stores that coherence and happens-before still allow. A seq_cst fence orders what
// its own thread does after it, not what others do after synchronising with that thread.
#pragma once
#include "model/calls.hpp"
#include "model/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace concur::model {

// What one thread knows.
struct knowledge {
    vector_clock clock;            // what happened before
    vector_clock view;             // and what seq_cst fences make visible besides
    vector_clock released;         // clock at the last release fence
    vector_clock to_acquire;       // what an acquire fence would join
    std::uint64_t fenced = 0;      // the place of its last fence among the seq_cst operations
    bool release_fence = false;
};

struct stored {
    vector_clock released;  // what a load that acquires from this store learns
    vector_clock seen;      // when each thread first wrote or read it
    std::uint64_t value;
    std::uint64_t sc_place;  // among the seq_cst operations; 0: none touched it
};

class word {
public:
    static constexpr std::uint32_t depth = 8;

    stored& newest() noexcept { return ring_[(count_ - 1) % depth]; }
    stored& back(std::uint32_t n) noexcept { return ring_[(count_ - 1 - n) % depth]; }
    std::uint32_t kept() const noexcept { return count_ < depth ? count_ : depth; }
    stored& push(std::uint64_t value) noexcept;
    void begin(std::uint64_t value) noexcept;

    std::uintptr_t key = 0;
    std::uint32_t generation = 0;
    std::uint8_t size = 0;
    bool ended = false;
    std::array<std::uint8_t, max_threads> stale{};  // loads in a row that saw an old store

private:
    std::uint32_t count_ = 0;
    std::array<stored, depth> ring_;
};

class words {
public:
    words();
    void start_schedule() noexcept;

    word& at(std::uintptr_t key) noexcept;  // a word never seen in this schedule has size 0
    bool full() const noexcept { return used_ > slots / 2; }

    // How many stores, from the newest backwards, this thread's load may see.
    std::uint32_t visible(word& w, std::size_t thread, const knowledge& k, bool seq_cst) const noexcept;

    void note_read(stored& s, std::size_t thread, knowledge& k, std::memory_order order) noexcept;
    void note_write(stored& s, std::size_t thread, knowledge& k, std::memory_order order,
                    const vector_clock* continued) noexcept;
    void fence(std::size_t thread, knowledge& k, std::memory_order order) noexcept;

private:
    static constexpr std::size_t slots = 4096;
    static constexpr std::uint8_t stale_limit = 2;

    std::unique_ptr<word[]> table_;
    std::uint32_t generation_ = 0;
    std::size_t used_ = 0;
    std::uint64_t sc_places_ = 0;
    vector_clock sc_fences_;  // what threads knew at their seq_cst fences
};

constexpr bool acquires(std::memory_order order) noexcept {
    return order == std::memory_order_acquire || order == std::memory_order_consume ||
           order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) noexcept {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

}  // namespace concur::model
