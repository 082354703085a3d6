// The part of a thread pool that lives as long as its last worker.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/priority_lines.hpp"
#include "concur/core/share_count.hpp"
#include "concur/core/worker.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "concur/platform/os_thread.hpp"

#include <memory>
#include <vector>

namespace concur {

class thread_pool;

//   resting_  set by its own thread just before a result can be seen; whoever has seen the result and
//             submits then finds this worker free, and no thread is started for nothing.
//   the rest is guarded by the pool's lock.
class pool_worker final : public worker {
public:
    pool_worker(thread_pool& p, std::uint64_t home_id, int i) noexcept : worker(home_id), pool(p), index(i) {}
    void has_result() noexcept override { resting_.store(true, std::memory_order_relaxed); }
    void going_on() noexcept override;
    bool take_out(job& j) noexcept override;
    bool others_are_free() noexcept override;

    bool resting() const noexcept { return resting_.load(std::memory_order_acquire); }
    void busy() noexcept { resting_.store(false, std::memory_order_relaxed); }

    thread_pool& pool;
    const int index;
    platform::os_thread thread;
    bool starting = true;              // it has not looked for work yet
    parker* spot = nullptr;            // while it is idle
    pool_worker* next_idle = nullptr;  // while it is idle

private:
    atomic<bool> resting_{false};
};

//   open --shutdown--> shut        no new work; workers leave when the lines are empty
//     \--initializer throws--> broken    likewise, and what was queued is refused
//
//   Everything below lock_ is guarded by it, but for what never changes.
//   A worker is told of work by being taken off idle_ and unparked; only one is on its way at a time
//   (waking_), and it wakes the next if there is more to do: a burst costs a wake for each worker,
//   not for each task.
//   owners_: the executor, and each worker until its end.
class thread_pool final : public registered_pool {
public:
    thread_pool(std::uint64_t home_id, thread_pool_options options);

    // Throws where the job is not taken: executor_shutdown, broken_thread_pool, queue_full,
    // std::system_error.
    void post(job& j, int priority);
    void shutdown(shutdown_options options);

    // Waits until no work is queued or being done.
    void drain() noexcept override;
    void end(bool wait) override { shutdown({.wait = wait}); }

    bool in_this_process() const noexcept;  // false in a child of a fork
    int max_workers() const noexcept { return max_workers_; }
    int worker_count() noexcept;

    void retain() noexcept { owners_.add(); }
    bool retain_if_alive() noexcept override { return owners_.add_if_any(); }
    void release() noexcept override;

    // False: it does not stand in a line.
    bool take_out(job& j) noexcept;

    // Some worker is free for the next task. Where none is and one could be started, it was tried when
    // the task came.
    bool has_free_worker() noexcept;

    // Makes up for a worker that is no longer free.
    void make_up_for(pool_worker& w) noexcept;

private:
    enum class phase { open, shut, broken };
    // A thread in post() that waits for room, or in drain() that waits for the end of the work.
    struct waiter {
        parker* spot;
        bool admitted = false;
        waiter* next = nullptr;
    };

    ~thread_pool();

    static void run_worker(void* self) noexcept;
    void work(pool_worker& w) noexcept;
    bool initialize(pool_worker& w) noexcept;
    job* next_job(pool_worker& w) noexcept;
    void sleep(pool_worker& w, holding& held) noexcept;
    void count_as_started(pool_worker& w) noexcept;

    void check_open() const;
    bool admit(job& j, holding& held);
    bool wait_for_room(holding& held);
    parker* let_producer_in() noexcept;
    parker* call_for_help() noexcept;
    bool wants_worker() const noexcept;
    bool has_room() const noexcept;
    std::size_t free_workers(std::size_t enough) const noexcept;
    void tell_drainers() noexcept;
    void start_worker();
    parker* worker_to_wake() noexcept;
    void break_down(const std::exception_ptr& cause) noexcept;
    job* close(phase end, bool take_all, std::exception_ptr cause = nullptr) noexcept;
    void join_workers() noexcept;

    const std::uint64_t home_;
    const thread_pool_options options_;
    const int max_workers_;
    const std::uint32_t generation_;

    share_count owners_;
    lock_word lock_;
    phase phase_ = phase::open;
    std::exception_ptr cause_;
    priority_lines queued_;
    std::size_t admitted_ = 0;  // producers that have a place and have not used it yet
    waiter* first_producer_ = nullptr;
    waiter** last_producer_ = &first_producer_;
    std::vector<std::unique_ptr<pool_worker>> workers_;
    pool_worker* idle_ = nullptr;  // the one that fell asleep last is first
    std::size_t idle_count_ = 0;
    std::size_t starting_ = 0;  // have a thread, and have not looked for work yet
    int alive_ = 0;
    bool waking_ = false;
    waiter* drainers_ = nullptr;
    bool joining_ = false;
    promise<void> ended_;
};

}  // namespace concur
