// The part of a thread pool that lives as long as its last worker.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/core/share_count.hpp"
#include "concur/executors/injector.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/pool_worker.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/promise.hpp"

#include <memory>
#include <vector>

namespace concur {

//   open --shutdown--> shut        no new work; workers leave when there is none left
//     \--initializer throws--> broken    likewise, and what was queued is refused
//
//   A job stands in the line (line_), or with one worker (pool_worker::kept): what a task submits stays with the
//   worker that runs it, and a worker takes several from the line at once. Where priorities or max_pending have
//   a say it is always the line.
//
//   A worker is busy, looking or idle (helpers_). Who has put a job somewhere wakes one that
//   is idle, but only if none is looking: that one would find it. The last that stops looking because it has
//   found something wakes the next, if there is more. So a burst costs a wake for each worker, not for each job.
//   Nothing is overlooked, since one side's two steps and the other's are in one order (seq_cst, or the lock):
//       put the job there; see whether somebody looks, and who is idle
//       stop looking, or be idle instead; see whether a job is there
//
//   A worker leaves for ever when the pool ends, when it has been idle too long, or when there are too many. It is
//   one of those that look until it leaves, and then looks once more, or has somebody else look; who puts a job
//   somewhere after that finds that the pool may grow.
//
//   What follows lock_ is guarded by it; the atomics among it are changed with it held, or as said.
//   owners_: the executor, and each worker until its end.
class thread_pool final : public registered_pool {
public:
    thread_pool(std::uint64_t home_id, thread_pool_options options);

    // Throws where the job is not taken: executor_shutdown, broken_thread_pool, queue_full,
    // std::system_error, std::bad_alloc.
    void post(job& j, int priority);
    // The first of `jobs`, as many as it takes in one step; post() says why not the next.
    std::size_t post_some(std::span<job* const> jobs) noexcept;
    void shutdown(shutdown_options options);

    // Waits until no work is queued or being done.
    void drain() noexcept override;
    void end(bool wait) override { shutdown({.wait = wait}); }

    bool in_this_process() const noexcept;  // false in a child of a fork
    int max_workers() const noexcept { return max_workers_.load(std::memory_order_relaxed); }
    void resize(int n) noexcept;
    bool lets_callers_help() const noexcept { return options_.callers_help; }
    // One more worker waits for what others have to do (1), or one less (-1): as many threads are lent, up to a bound.
    bool may_lend() const noexcept { return most_spare() > 0; }
    void lend(int by) noexcept;
    int worker_count() noexcept;
    thread_pool_statistics statistics() noexcept;

    void retain() noexcept { owners_.add(); }
    bool retain_if_alive() noexcept override { return owners_.add_if_any(); }
    void release() noexcept override;

    // False: it does not stand in the line.
    bool take_out(job& j) noexcept;

    // Some worker is free for the next task. Where none is and one could be started, it was tried when
    // the task came.
    bool has_free_worker() noexcept;

    // Makes up for a worker that is no longer free.
    void make_up_for(pool_worker& w) noexcept;

    // A worker may have a job by itself, besides those that it took from the line.
    bool lets_keep() const noexcept;
    // Has the calling thread run where `w` has its place.
    void bind_thread(const pool_worker& w) noexcept;
    // Has somebody come for a job, where nobody is on the way.
    void find_helper() noexcept;

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
    job* own_job(pool_worker& w) noexcept;
    job* look_around(pool_worker& w) noexcept;
    job* take_from_line(pool_worker& w, bool looks) noexcept;
    void take_more(pool_worker& w) noexcept;
    job* steal_for(pool_worker& w) noexcept;
    bool something_to_steal() const noexcept;
    bool sleep(pool_worker& w) noexcept;
    void await_call(pool_worker& w) noexcept;
    bool stay_awake(pool_worker& w) noexcept;
    bool leave(pool_worker& w, holding& held) noexcept;
    void note_end(pool_worker& w) noexcept;
    void count_as_started(pool_worker& w) noexcept;

    void check_open() const;
    bool admit(job& j, holding& held);
    bool wait_for_room(holding& held);
    parker* let_producer_in() noexcept;
    void put_in_line(job& j, int priority);
    void line_changed() noexcept;
    parker* call_for_help() noexcept;
    bool wants_worker() const noexcept;
    std::size_t jobs_waiting() const noexcept;
    bool has_room() const noexcept;
    std::size_t free_workers(std::size_t enough) const noexcept;
    void tell_drainers() noexcept;
    bool is_at_rest() const noexcept;
    int most_spare() const noexcept;
    int most_workers() const noexcept;
    void start_worker();
    void size_changed() noexcept;
    parker* worker_to_wake() noexcept;
    pool_worker& pop_idle() noexcept;
    void count_as_looking(pool_worker& w) noexcept;
    void break_down(const std::exception_ptr& cause) noexcept;
    job* close(phase end, bool take_all, std::exception_ptr cause = nullptr) noexcept;
    job* take_all_jobs() noexcept;
    void join_workers() noexcept;

    const std::uint64_t home_;
    const thread_pool_options options_;
    const std::uint32_t generation_;
    share_count owners_;

    // Read at each task, and changed seldom.
    alignas(64) atomic<phase> phase_{phase::open};
    atomic<bool> urgent_{false};  // a job of a higher priority than usual stands in the line
    atomic<bool> too_many_{false};  // there are more workers than there may be
    atomic<int> max_workers_;  // changed with the lock held

    alignas(64) helpers helpers_;  // a worker counts itself among those that look, or who wakes it does
    alignas(64) atomic<bool> has_line_{false};

    alignas(64) lock_word lock_;
    injector line_;
    std::exception_ptr cause_;
    std::uint64_t submitted_ = 0;  // by way of the line
    std::uint64_t parked_ = 0;
    std::size_t longest_line_ = 0;
    std::size_t admitted_ = 0;  // producers that have a place and have not used it yet
    waiter* first_producer_ = nullptr;
    waiter** last_producer_ = &first_producer_;
    std::vector<std::unique_ptr<pool_worker>> workers_;
    atomic<pool_worker*> newest_worker_{nullptr};  // `next_worker` leads to the others; none goes before the pool
    pool_worker* idle_ = nullptr;  // the one that fell asleep last is first
    std::size_t starting_ = 0;  // have a thread, and have not looked for work yet
    int alive_ = 0;  // workers, but for those that leave before the pool's end
    int lending_ = 0;  // workers that wait, and may have another in their place
    int leaving_ = 0;  // those, until they are gone
    waiter* drainers_ = nullptr;
    bool joining_ = false;
    promise<void> ended_;
};

}  // namespace concur
