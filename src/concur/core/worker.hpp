// A thread of a pool, as futures see it.
#pragma once
#include "concur/core/job.hpp"

#include <cstdint>

namespace concur {

// Each call is made on that thread.
class worker {
public:
    // Its task has a result, which is about to be seen: the worker is as good as free.
    virtual void has_result() noexcept = 0;
    // It goes on to code of the user's, which may take long: it is not.
    virtual void going_on() noexcept = 0;
    // Another worker of the pool has nothing to do, and can take the next task.
    virtual bool others_are_free() noexcept = 0;
    // Takes `j` out of the pool's lines. False: it does not stand there any more.
    virtual bool take_out(job& j) noexcept = 0;

    const std::uint64_t of;     // the home that it works for
    int nested = 0;             // tasks that it runs inside another, because that one waits for them
    bool initializing = false;  // it runs its pool's initializer, and no task yet

protected:
    explicit worker(std::uint64_t home_id) noexcept : of(home_id) {}
    ~worker() = default;
};

// The worker that the calling thread is; null on threads that are not a pool's.
worker* this_worker() noexcept;
void set_this_worker(worker* w) noexcept;

}  // namespace concur
