// Jobs in the order of their priority, and among equals in the order they came.
#pragma once
#include "concur/core/job.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace concur {

// Not synchronised: the owner locks.
class priority_lines {
public:
    priority_lines() : usual_(&line_of(0)) {}
    priority_lines(const priority_lines&) = delete;
    priority_lines& operator=(const priority_lines&) = delete;

    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }

    // Throws std::bad_alloc for the first of a priority; `j` stands nowhere then.
    void push(job& j, int priority) {
        (priority == 0 ? *usual_ : line_of(priority)).push(j);
        ++count_;
    }
    // In front of its equals.
    void push_front(job& j, int priority) {
        (priority == 0 ? *usual_ : line_of(priority)).push_front(j);
        ++count_;
    }
    job* pop() noexcept;
    // The first of any line but the highest, where there is one: another line for each `turn`.
    job* pop_less_urgent(std::size_t turn) noexcept;
    // Of those that stand here; 0 where there are none.
    int highest_priority() noexcept;
    // False: it does not stand in a line.
    bool remove(job& j) noexcept;

private:
    struct priority_line {
        explicit priority_line(int p) noexcept : priority(p) {}
        int priority;
        job_line line;
    };

    job_line& line_of(int priority);
    void drop_empty_lines() noexcept;

    std::vector<std::unique_ptr<priority_line>> lines_;  // highest first; empty ones go, but for:
    job_line* usual_;                                    // that of priority 0
    std::size_t count_ = 0;
};

}  // namespace concur
