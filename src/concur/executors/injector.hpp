// The line of a thread pool: what was submitted from outside, until a worker has it.
#pragma once
#include "concur/core/job_ring.hpp"
#include "concur/core/priority_lines.hpp"

namespace concur {

// Highest priority first, equals in the order they came; but each 32nd time there is a choice, what is not the most
// urgent. Not synchronised: the owner locks.
class injector {
public:
    bool empty() const noexcept { return usual_.empty() && others_.empty(); }
    std::size_t size() const noexcept { return usual_.size() + others_.size(); }
    bool has_urgent() noexcept { return !others_.empty() && others_.highest_priority() > 0; }

    // Throws std::bad_alloc; `j` stands nowhere then.
    void push(job& j, int priority) {
        if (priority == 0) usual_.push(j);
        else others_.push(j, priority);
    }
    job* pop() noexcept { return others_.empty() ? usual_.pop() : choose(); }
    // The next, where none has another priority.
    job* pop_if_usual() noexcept { return others_.empty() ? usual_.pop() : nullptr; }
    // False: it does not stand here.
    bool remove(job& j) noexcept { return usual_.remove(j) || others_.remove(j); }

private:
    job* choose() noexcept;

    job_ring usual_{256};
    priority_lines others_;
    unsigned choices_ = 0;
};

}  // namespace concur
