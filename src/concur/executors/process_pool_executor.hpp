// concurrent.futures.ProcessPoolExecutor.
#pragma once
#include "concur/core/process_error.hpp"
#include "concur/core/timeout.hpp"
#include "concur/futures/executor.hpp"
#include "concur/multiprocessing/initializer.hpp"
#include "concur/multiprocessing/start_method.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace concur {

// What becomes of the pool when a worker dies.
enum class worker_death {
    replace,     // its task fails with worker_died; everything else goes on, on a new worker
    break_pool,  // Python's rule: every future that is not done fails, and the pool takes no more work
};

// What a worker is kept from.
class sandbox {
public:
    static const sandbox none;
    static const sandbox strict;  // it can compute, and answer: no files, sockets, programs or other processes

    friend constexpr bool operator==(sandbox, sandbox) noexcept = default;

private:
    constexpr explicit sandbox(bool is_strict) noexcept : strict_(is_strict) {}
    bool strict_;
};
inline constexpr sandbox sandbox::none{false};
inline constexpr sandbox sandbox::strict{true};

// Of each worker; 0: no limit.
struct worker_limits {
    std::int64_t memory = 0;  // bytes of address space beyond what the worker has at its start
    timeout cpu = {};         // processor time in its life
    long files = 0;           // descriptors that are open at once
};

struct process_pool_options {
    std::optional<long> max_workers = {};  // default: process_cpu_count()
    concur::start_method start_method = concur::start_method::forkserver;
    // Runs on each worker, before its first task: a function and its arguments, {fn, args...}.
    process_initializer initializer = {};
    std::optional<long> max_tasks_per_child = {};  // a worker that has run so many ends, and a new one comes
    worker_death on_worker_death = worker_death::replace;
    worker_limits limits = {};
    concur::sandbox sandbox = concur::sandbox::none;
    // What a running task whose time-out is over has to heed its stop_token, before its worker is killed.
    timeout stop_grace = std::chrono::milliseconds(500);
    int max_retries = 3;      // for tasks marked idempotent: how often one is run again when its worker dies
    bool force_fork = false;  // start_method::fork although other threads run
};

class process_pool;

// Runs calls on processes of its own. Code written for thread_pool_executor, or against executor&, runs
// here unchanged where function, arguments and result can travel (see concur/pickle.hpp): submit()
// does not compile for those that cannot, and through executor& their future fails with pickling_error.
//
// A worker starts when work comes and no other is free. One that crashes, is killed or calls exit() costs the task that it
// ran: that one fails with worker_died. A task whose time-out is over while it runs is asked to stop, and
// after `stop_grace` its worker is killed; its future has timeout_error.
//
// An exception arrives as what it was where its type is known (the standard's, and those given to
// pickle::register_exception), else as remote_error. Done-callbacks run on a thread of the pool.
//
// Leaving scope is shutdown(): queued work is finished first. In a child of fork() the pool is of no use.
class process_pool_executor final : public executor, public submitting<process_pool_executor, travel::always> {
public:
    process_pool_executor() : process_pool_executor(process_pool_options{}) {}

    // `max_workers` processes at most. Throws std::invalid_argument below 1.
    template <std::integral I>
        requires(!std::same_as<I, bool>)
    explicit process_pool_executor(I max_workers)
        : process_pool_executor(process_pool_options{.max_workers = count_of(max_workers)}) {}

    // Starts nothing yet. Throws std::invalid_argument for sizes below 1, pickling_error for an initializer
    // that cannot travel where the start method needs it to, std::system_error (not_supported) for a sandbox that this kernel
    // does not have, std::logic_error for start_method::fork while other threads run.
    explicit process_pool_executor(process_pool_options options);
    ~process_pool_executor() override;
    process_pool_executor(const process_pool_executor&) = delete;
    process_pool_executor& operator=(const process_pool_executor&) = delete;

    using submitting<process_pool_executor, travel::always>::calls_travel;
    using submitting<process_pool_executor, travel::always>::submit;
    using submitting<process_pool_executor, travel::always>::map;

    void post(job& j, int priority = 0) override;

    using executor::shutdown;
    void shutdown(shutdown_options options) override;

    // Ends all workers at once, by SIGTERM (and what has not ended after `stop_grace` by SIGKILL), or by SIGKILL. What ran fails with worker_died, what waited is
    // cancelled, the pool takes no more work. (ProcessPoolExecutor.terminate_workers, kill_workers)
    void terminate_workers();
    void kill_workers();

    remote_host* remote() noexcept override;

    int max_workers() const noexcept;
    std::vector<std::int64_t> worker_pids() const;  // of the workers that it has at the moment

private:
    template <class I>
    static constexpr long count_of(I n) noexcept {
        return std::cmp_less(1'000'000, n) ? 1'000'000 : std::cmp_less(n, 0) ? -1 : static_cast<long>(n);
    }

    process_pool* pool_;
};

inline namespace literals {
constexpr std::int64_t operator""_KiB(unsigned long long n) noexcept { return static_cast<std::int64_t>(n << 10); }
constexpr std::int64_t operator""_MiB(unsigned long long n) noexcept { return static_cast<std::int64_t>(n << 20); }
constexpr std::int64_t operator""_GiB(unsigned long long n) noexcept { return static_cast<std::int64_t>(n << 30); }
}  // namespace literals

}  // namespace concur
