// A thread of a thread pool, and the jobs that it keeps.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/stealing_deque.hpp"
#include "concur/core/worker.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/os_thread.hpp"

#include <cstddef>
#include <cstdint>

namespace concur {

class thread_pool;

// What a worker keeps, and what is counted of it: by the deque's owner alone, who stores and never adds in one step.
struct kept_jobs : stealing_deque {
    static void count(atomic<std::uint64_t>& n) noexcept {
        n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    alignas(64) atomic<std::uint64_t> submitted{0};  // by its tasks, to itself
    atomic<std::uint64_t> stolen{0};                 // by it, from others
};

// Where somebody puts one job after the other in the line, a worker that comes for each as soon as it is there
// is in his way, and both are slower. So it learns to let a few gather: from finding the line in use for next to
// nothing. Who waits for the result of each job before he submits the next never makes it wait.
class line_patience {
public:
    bool any() const noexcept { return spins_ > 0; }
    void pass() const noexcept {
        for (int i = 0; i < spins_; ++i) platform::relax();
    }
    // `got`: jobs besides the one that it came for.
    void learn(bool was_free, std::size_t got) noexcept;

private:
    int spins_ = 0;
};

//   kept      what its tasks have submitted, and what it took from the line ahead of time; other workers may
//             take the oldest
//   state_    looking --has a job--> busy --its result is about to be seen--> resting --has a job--> busy
//             Changed by its own thread. `resting` comes just before a result can be seen: whoever has seen the
//             result and submits then finds this worker free, and no thread is started for nothing.
//   gone      its thread has ended, or is about to and touches it no more. The worker stays, for thieves go from
//             one to the next without a lock; the next thread that the pool starts takes its place.
//   before    the thread that had the place until then; who has it now waits for its end, at its own
//   gone, starting, spot, is_idle and next_idle are guarded by the pool's lock.
class pool_worker final : public worker {
public:
    pool_worker(thread_pool& p, const helpers& h, std::uint64_t home_id, int i, pool_worker* next)
        : worker(home_id, &kept, &h), pool(p), index(i), next_worker(next) {}
    void has_result() noexcept override { state_.store(state::resting, std::memory_order_relaxed); }
    void going_on() noexcept override;
    bool take_out(job& j) noexcept override;
    bool others_are_free() noexcept override;
    bool may_keep() const noexcept override;
    void call_others() noexcept override;
    void take_its_place() noexcept override;
    bool may_lend() const noexcept override;
    void lends() noexcept override;
    void lends_no_more() noexcept override;

    bool resting() const noexcept { return state_.load(std::memory_order_acquire) == state::resting; }
    bool is_busy() const noexcept { return state_.load(std::memory_order_acquire) == state::busy; }
    // With the pool's lock held: starts a thread in this place. Throws std::system_error; nothing has changed then.
    void start(platform::os_thread::function* run);

    void busy() noexcept { state_.store(state::busy, std::memory_order_release); }
    void looks() noexcept { state_.store(state::looking, std::memory_order_release); }

    kept_jobs kept;
    thread_pool& pool;
    const int index;
    pool_worker* const next_worker;  // started before it
    platform::os_thread thread;
    platform::os_thread before;
    bool gone = true;
    bool idle_too_long = false;  // it leaves unless it finds something
    bool ending = false;  // it takes no job any more
    line_patience patience;
    unsigned turns = 0;  // jobs that it has looked for
    bool starting = true;  // it has not looked for work yet
    parker* spot = nullptr;
    bool is_idle = false;
    pool_worker* next_idle = nullptr;

private:
    enum class state : unsigned char { looking, busy, resting };

    atomic<state> state_{state::looking};
};

}  // namespace concur
