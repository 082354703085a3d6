// A piece of a task that another worker may do meanwhile, and whose end the task waits for.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/timeout.hpp"
#include "concur/core/worker.hpp"

#include <cstdint>
#include <exception>

namespace concur {

class home;

// For an executor whose calls travel.
[[noreturn]] void throw_cannot_share();

// The end of a piece of work, for the one thread that waits for it.
//
//   state_  under_way, or the parker of who sleeps  -->  done, or given_back: nobody has done it.
//           Whoever ends it does not touch it afterwards.
class awaited_end {
public:
    enum class how : std::uintptr_t { done = 1, given_back = 2 };

    void reach(how end) noexcept;
    bool is_reached() const noexcept;
    bool is(how end) const noexcept {
        return state_.load(std::memory_order_acquire) == static_cast<std::uintptr_t>(end);
    }
    // Until it is reached, or the time is over.
    void sleep(deadline until) noexcept;

private:
    static constexpr std::uintptr_t under_way = 0;
    atomic<std::uintptr_t> state_{under_way};
};

//   Lives on the stack of the task that made it. Pushed to that worker's deque; then either taken back by its owner,
//   and nobody else has seen it, or begun by a thief, or given back by a pool that ends.
//   end_    given back: its owner has to do it
//   with_   the deque of the worker that has begun it, and from where on (since_) what lies there comes from it: the
//           owner does of that what it can while it waits. Set before the work begins.
class branch : public job {
public:
    // `work` must not throw.
    explicit branch(job::runner* work) noexcept : job(&run_elsewhere, &give_back), work_(work) {}

    // Hands it out. False: there is no memory for that, so it must be done by do_here().
    bool fork(worker& me) noexcept;
    // After fork(): does it here, if nobody else has begun it; waits for its end otherwise.
    void join(worker& me) noexcept {
        if (me.take_back(*this)) work_(*this);
        else wait_for_end(me, true);
    }
    // Likewise, but if nobody has begun it, nobody does it any more.
    void join_if_begun(worker& me) noexcept {
        if (!me.take_back(*this)) wait_for_end(me, false);
    }
    void do_here() noexcept { work_(*this); }

private:
    static void run_elsewhere(job& j) noexcept;
    static void give_back(job& j, std::exception_ptr) noexcept;
    bool ended() const noexcept { return end_.is_reached(); }
    bool help(worker& me) noexcept;
    void wait_for_end(worker& me, bool is_needed) noexcept;

    job::runner* const work_;
    awaited_end end_;
    atomic<stealing_deque*> with_{nullptr};
    std::int64_t since_ = 0;
};

// Work for a worker, that the calling thread waits for: on its stack.
class errand : public job {
public:
    explicit errand(job::runner* work) noexcept : job(&run_there, &refuse_it), work_(work) {}

    // Returns when it is done. Throws what post() throws, and why it was refused: cancelled_error where the pool
    // does not say.
    void run_at(home& where);

private:
    static void run_there(job& j) noexcept;
    static void refuse_it(job& j, std::exception_ptr why) noexcept;

    job::runner* const work_;
    awaited_end end_;
    std::exception_ptr refused_;  // written before it is given back
};

}  // namespace concur
