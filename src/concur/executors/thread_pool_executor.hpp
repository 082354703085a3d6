// concurrent.futures.ThreadPoolExecutor.
#pragma once
#include "concur/core/function.hpp"
#include "concur/core/timeout.hpp"
#include "concur/futures/executor.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace concur {

class thread_pool;

// What submit() does while max_pending tasks wait for a worker.
enum class overflow {
    block,        // waits for room; a worker of the pool itself runs the task instead
    fail,         // throws queue_full
    caller_runs,  // runs the task on the calling thread, before it returns
    discard,      // returns a future that is cancelled
};

struct thread_pool_options {
    std::optional<long> max_workers = {};  // default: min(32, process_cpu_count() + 4), or what `places` have in all
    std::string thread_name_prefix = {};        // default: one of the pool's own
    function<void()> initializer = {};     // runs on each worker, before its first task
    function<void()> on_worker_exit = {};  // runs on each worker, after its last task
    std::optional<long> max_pending = {};       // tasks that wait for a worker; default: no bound
    overflow when_full = overflow::block;
    timeout idle_timeout = {};  // a worker that has been idle so long leaves; default: it stays
    // Threads that the pool may be lent beyond max_workers: one for each worker that has waited for a millisecond inside
    // concur::threading or a queue, as long as it waits. Default: 32, but none for a pool of one, whose tasks count on
    // being alone.
    std::optional<long> spare_workers = {};
    bool callers_help = false;  // a thread that waits for a pending task of the pool runs it
    // The processors, by the system's numbers, that a worker may use: the first place is the first worker's, and so
    // on, and again from the front. Default: those of the process. <concur/topology.hpp> knows cores and NUMA nodes.
    std::vector<std::vector<int>> places = {};
};

// What a pool has done so far, and what it is at.
//
// Taken while the pool works it is a moment's picture, whose parts need not fit each other. Once there is nothing
// queued or being done, `done` equals `submitted`, and the counts are exact.
struct thread_pool_statistics {
    std::uint64_t submitted = 0;  // tasks that the pool has taken
    std::uint64_t done = 0;  // of these: have run, were cancelled or refused
    std::uint64_t waiting = 0;  // of these: wait for a worker
    std::uint64_t longest_line = 0;  // the most that waited at once, of those submitted from outside the pool
    std::uint64_t stolen = 0;  // times a worker with nothing to do took a task that another one kept
    std::uint64_t parked = 0;  // times a worker went to sleep
    int workers = 0;  // threads that the pool has: the sum of the next three
    int busy = 0;  // run a task
    int looking = 0;  // have nothing to do yet, and are awake: they start, look for a task, or end
    int idle = 0;  // sleep
};

// Runs calls on threads of its own. A thread starts when work comes and no other is free, and stays, or leaves when
// it has had nothing to do for `idle_timeout`.
//
// With max_pending tasks are begun in the order in which they were submitted, higher priorities first. Without it a
// worker takes up to 32 neighbours at once, so that they are begun about in that order; and what a task submits stays
// with the worker that runs it, which takes the newest first, until another worker has nothing to do and takes the
// oldest. A task of low priority has a turn now and then, however many more urgent ones there are.
//
// A worker that waits for a pending task of its own pool runs that task itself, so tasks may wait for
// tasks to any depth; it never runs another one. A wait that may end without the task, by a time-out
// or because another of several is done, leaves it to a worker that is free, if there is one; if not,
// the wait may take as long as the task does.
//
// With `callers_help` a thread that is no pool's worker, and waits without a time-out for one future of a task that is
// still pending, runs that task itself, and no other one; inside it, it waits as a worker does. The end of the pool
// does not wait for it then.
//
// An initializer that throws breaks the pool: what waits, and what is submitted later, gets
// broken_thread_pool with the exception as its cause. What an initializer or on_worker_exit throws
// goes to the unhandled exception hook.
//
// Leaving scope is shutdown(): queued work is finished first. So is the end of the program for a pool
// that still lives then. In a child of fork() the pool is of no use: submit() and waiting for its
// pending futures throw broken_thread_pool there, and destroying it does nothing.
class thread_pool_executor final : public executor, public submitting<thread_pool_executor, travel::never> {
public:
    using submitting<thread_pool_executor, travel::never>::calls_travel;
    using submitting<thread_pool_executor, travel::never>::submit;
    using submitting<thread_pool_executor, travel::never>::map;

    thread_pool_executor() : thread_pool_executor(thread_pool_options{}) {}

    // `max_workers` threads at most. Throws std::invalid_argument below 1.
    template <std::integral I>
        requires(!std::same_as<I, bool>)
    explicit thread_pool_executor(I max_workers)
        : thread_pool_executor(thread_pool_options{.max_workers = count_of(max_workers)}) {}

    // Throws std::invalid_argument for sizes below 1, and for a place without a processor that the process may use.
    explicit thread_pool_executor(thread_pool_options options);
    ~thread_pool_executor() override;
    thread_pool_executor(const thread_pool_executor&) = delete;
    thread_pool_executor& operator=(const thread_pool_executor&) = delete;

    void post(job& j, int priority = 0) override;

    using executor::shutdown;
    void shutdown(shutdown_options options) override;

    int max_workers() const noexcept;
    // From now on `max_workers` threads at most. Where there are more, those leave that have nothing in hand, at
    // once or when the task that they run is done; where there may be more, they start when work comes, or waits.
    // Does not wait. Any thread may call it, also a task of the pool. Throws std::invalid_argument below 1. Nothing
    // comes of it after shutdown(), and in a child of fork().
    template <std::integral I>
        requires(!std::same_as<I, bool>)
    void resize(I max_workers) {
        set_max_workers(count_of(max_workers));
    }
    int worker_count() const noexcept;  // threads that it has at the moment

    // Costs the pool's lock, and a look at each worker. All zero in a child of fork().
    thread_pool_statistics statistics() const noexcept;

private:
    bool take_out(job& j) noexcept override;
    bool has_free_worker() noexcept override;
    std::size_t post_some(std::span<job* const> jobs) noexcept override;
    void set_max_workers(long n);

    template <class I>
    static constexpr long count_of(I n) noexcept {
        constexpr long most = 1'000'000;
        return std::cmp_less(most, n) ? most : std::cmp_less(n, 0) ? -1 : static_cast<long>(n);
    }

    thread_pool* pool_;
};

// The processors that this process may use: its affinity, and its cgroup's quota rounded up.
// (os.process_cpu_count)
int process_cpu_count() noexcept;

}  // namespace concur
