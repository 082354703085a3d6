// A thread of a thread pool, and the jobs that it keeps.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/stealing_deque.hpp"
#include "concur/core/worker.hpp"
#include "concur/platform/os_thread.hpp"

namespace concur {

class thread_pool;

//   kept      what its tasks have submitted, and what it took from the line ahead of time; other workers may
//             take the oldest
//   resting_  set by its own thread just before a result can be seen; whoever has seen the result and
//             submits then finds this worker free, and no thread is started for nothing.
//   starting, spot, is_idle and next_idle are guarded by the pool's lock.
class pool_worker final : public worker {
public:
    pool_worker(thread_pool& p, const helpers& h, std::uint64_t home_id, int i, pool_worker* next)
        : worker(home_id, &kept, &h), pool(p), index(i), next_worker(next) {}
    void has_result() noexcept override { resting_.store(true, std::memory_order_relaxed); }
    void going_on() noexcept override;
    bool take_out(job& j) noexcept override;
    bool others_are_free() noexcept override;
    bool may_keep() const noexcept override;
    void call_others() noexcept override;

    bool resting() const noexcept { return resting_.load(std::memory_order_acquire); }
    void busy() noexcept { resting_.store(false, std::memory_order_release); }

    stealing_deque kept;
    thread_pool& pool;
    const int index;
    pool_worker* const next_worker;  // started before it
    platform::os_thread thread;
    unsigned turns = 0;  // jobs that it has looked for
    bool starting = true;  // it has not looked for work yet
    parker* spot = nullptr;
    bool is_idle = false;
    pool_worker* next_idle = nullptr;

private:
    atomic<bool> resting_{false};
};

}  // namespace concur
