// A line of jobs that nobody has to touch to take them: their addresses stand in one block of memory.
#pragma once
#include "concur/core/job.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace concur {

// First in, first out; any job can leave at once. Not synchronised: the owner locks.
//
//   slots_  a power of two of them; a job knows its place, in `next`, and stands in the line as long as it is
//           found there. Who leaves from the middle leaves a hole, which is passed over, or closed when the
//           ring is full.
class job_ring {
public:
    explicit job_ring(std::size_t room) : slots_(room) {}

    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }

    // Throws std::bad_alloc; `j` stands nowhere then.
    void push(job& j) {
        if (is_full()) make_room();
        put(j, tail_++);
    }

    job* pop() noexcept {
        while (head_ != tail_)
            if (job* const j = slot(head_++)) return --count_, j;
        return nullptr;
    }

    // False: it does not stand in this line.
    bool remove(job& j) noexcept;

private:
    using place = std::intptr_t;

    static place place_of(const job& j) noexcept { return reinterpret_cast<place>(j.next); }
    job*& slot(place at) noexcept { return slots_[static_cast<std::size_t>(at) & (slots_.size() - 1)]; }
    bool is_full() const noexcept { return static_cast<std::size_t>(tail_ - head_) == slots_.size(); }
    void put(job& j, place at) noexcept {
        slot(at) = &j;
        j.next = reinterpret_cast<job*>(at);
        ++count_;
    }
    void make_room();

    std::vector<job*> slots_;
    place head_ = 0;
    place tail_ = 0;
    std::size_t count_ = 0;
};

}  // namespace concur
