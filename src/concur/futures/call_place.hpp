// Where a call is to be run, as far as those who wait for it need to know.
#pragma once
#include "concur/core/home.hpp"

#include <cstdint>

namespace concur {

class call_place {
public:
    explicit call_place(const home& where) noexcept;

    // The calling thread is a worker of that place, so it may run the call while it waits for it.
    // Throws std::system_error (resource_deadlock_would_occur) in that worker's initializer.
    bool is_mine() const;

    // Throws broken_thread_pool in a child of a fork: the threads stayed in the parent.
    void check_alive() const;

    // For who has made `j` its own: where `j` stands in a line there, it leaves it, and the line's share
    // of the call with it.
    template <class Call>
    void take_over(Call& j) const noexcept {
        if (leave_line(j)) j.release();
    }

    // Runs `work(j)` for a waiter: here, or on a thread lent to it where its stack is nearly used up.
    void run_nested(job& j, job::runner* work) const noexcept;

    // The outermost call of this thread has its result: a worker of that place is as good as free.
    void note_result() const noexcept;
    // But it goes on to code of the user's.
    void note_busy() const noexcept;

private:
    bool leave_line(job& j) const noexcept;

    std::uint64_t home_;
    std::uint32_t generation_;
};

}  // namespace concur
