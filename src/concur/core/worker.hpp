// A thread of a pool, as futures see it.
#pragma once
#include "concur/core/job.hpp"
#include "concur/core/stealing_deque.hpp"

#include <cstdint>

namespace concur {

// Each call is made on that thread, but for those of `own` that are anybody's.
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
    // The pool takes tasks, and they may stay with the worker that submits them.
    virtual bool may_keep() const noexcept = 0;
    // The calling thread does its work from here on: has it run where this worker does.
    virtual void take_its_place() noexcept {}
    // Sees to it that another worker comes, if one can.
    virtual void call_others() noexcept = 0;
    // It has waited for a while for what another task may have to do: from here on until lends_no_more() another
    // thread may be lent to its pool. Only where it may_lend().
    virtual bool may_lend() const noexcept { return false; }
    virtual void lends() noexcept {}
    virtual void lends_no_more() noexcept {}

    // Takes `j` over, for this worker or another of the pool that has nothing to do. Only where it has a deque of
    // its own. Throws std::bad_alloc; nothing has happened then.
    void keep(job& j, bool is_branch = false) {
        own->push(j, is_branch);
        if (others->must_be_told()) call_others();
    }
    // Gives `j` back, if it is the newest of those that this worker keeps.
    bool take_back(job& j) noexcept { return own != nullptr && own->newest() == &j && own->take() != nullptr; }

    const std::uint64_t of;        // the home that it works for
    stealing_deque* const own;     // null: it keeps nothing by itself
    const helpers* const others;   // likewise
    int nested = 0;                // tasks that it runs inside another, because that one waits for them
    bool initializing = false;     // it runs its pool's initializer, and no task yet

protected:
    explicit worker(std::uint64_t home_id, stealing_deque* deque = nullptr, const helpers* h = nullptr) noexcept
        : of(home_id), own(deque), others(h) {}
    ~worker() = default;
};

}  // namespace concur
