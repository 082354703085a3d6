// Where a call is to be run, as far as those who wait for it need to know.
#pragma once
#include "concur/core/home.hpp"

#include <cstdint>

namespace concur {

// Whether an executor's calls travel to other processes.
enum class travel { never, where_possible, always };

class worker;

// For a thread that is nobody's worker: runs `work(j)`, a task of the home with that id. Inside it the thread waits as
// a worker of that home does.
void run_as_task_of(std::uint64_t home_id, job& j, job::runner* work) noexcept;

class call_place {
public:
    explicit call_place(const home& where) noexcept;

    // The calling thread is a worker of that place.
    bool has_this_worker() const noexcept;
    // Likewise, so it may run the call while it waits for it.
    // Throws std::system_error (resource_deadlock_would_occur) in that worker's initializer.
    bool is_mine() const;

    // A thread that is nobody's worker may run the call while it waits for it: this one has the stack for it.
    bool lets_callers_help() const noexcept;

    // For such a thread: runs `work(j)`, which is a task of that place.
    void run_as_caller(job& j, job::runner* work) const noexcept { run_as_task_of(home_, j, work); }

    // Throws broken_thread_pool in a child of a fork: the threads stayed in the parent.
    void check_alive() const;

    // For who has made `j` its own: where `j` stands in a line there, it leaves it, and the line's share
    // of the call with it.
    template <class Call>
    void take_over(Call& j) const noexcept {
        if (leave_line(j)) j.release();
    }

    // The outermost call of this thread has its result: a worker of that place is as good as free.
    void note_result() const noexcept;
    // But it goes on to code of the user's.
    void note_busy() const noexcept;

private:
    bool leave_line(job& j) const noexcept;

    std::uint64_t home_;
    std::uint32_t generation_;
    bool callers_help_;
};

// For a worker: runs `work(j)` inside the task that it is at, here, or where its stack is nearly used
// up, or very many are inside each other, on a thread that is lent to it.
void run_nested(worker& me, job& j, job::runner* work) noexcept;

}  // namespace concur
