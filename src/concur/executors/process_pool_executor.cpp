#include "concur/executors/process_pool_executor.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/core/worker.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/process_pool.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/sandbox.hpp"

#include <stdexcept>
#include <string>
#include <system_error>

namespace concur {
namespace {

void check_process_option(const char* name, const std::optional<long>& size) {
    if (size && *size < 1)
        throw std::invalid_argument(std::string("process_pool_executor: ") + name + " is " + std::to_string(*size) +
                                    "; it must be 1 or more, or left out for the default");
}

void check_limits(const worker_limits& limits) {
    if (limits.memory < 0 || limits.files < 0)
        throw std::invalid_argument(
            "process_pool_executor: a limit is negative; leave it out, or give what is allowed");
    if (limits.cpu.is_poll())
        throw std::invalid_argument("process_pool_executor: limits.cpu is zero; leave it out, or give a time");
}

void check_start_method(const process_pool_options& options) {
    if (options.start_method != start_method::fork) {
        if (options.initializer && options.initializer.request().empty())
            throw pickling_error(
                "process_pool_executor: the initializer cannot travel to a worker; give a function or a lambda without "
                "captures and its arguments, {fn, args...}, or use start_method::fork");
        return;
    }
    if (const int threads = platform::thread_count(); threads > 1 && !options.force_fork)
        throw std::logic_error("process_pool_executor: start_method::fork while " + std::to_string(threads - 1) +
                               " other threads run, whose locks a worker would inherit held; make the pool before "
                               "them, use start_method::forkserver, or set force_fork");
}

void check_sandbox(const process_pool_options& options) {
    if (options.sandbox == sandbox::none) return;
    const std::string missing = platform::missing_for_sandbox();
    if (!missing.empty())
        throw std::system_error(
            std::make_error_code(std::errc::not_supported),
            "process_pool_executor: sandbox::strict needs what this kernel does not have: " + missing);
}

process_pool_options completed(process_pool_options options) {
    check_process_option("max_workers", options.max_workers);
    check_process_option("max_tasks_per_child", options.max_tasks_per_child);
    check_limits(options.limits);
    if (options.max_retries < 0)
        throw std::invalid_argument("process_pool_executor: max_retries is negative; 0 means none");
    check_start_method(options);
    check_sandbox(options);
    if (!options.max_workers) options.max_workers = platform::usable_cpus();
    return options;
}

}  // namespace

process_pool_executor::process_pool_executor(process_pool_options options)
    : pool_(new process_pool(completed(std::move(options)))) {}

process_pool_executor::~process_pool_executor() {
    if (!pool_->in_this_process()) return;
    pool_->shutdown({.wait = !pool_->is_callback_thread() && !(this_worker() != nullptr && program_is_ending())});
    pool_->release();
}

// What comes here is no call: a coroutine, or a continuation that knows this as a home.
void process_pool_executor::post(job&, int) {
    throw pickling_error(
        "post(job): a job cannot travel to another process; call pool.submit(fn, args...), or future.then(pool, fn) on "
        "the executor by its own type");
}

remote_host* process_pool_executor::remote() noexcept { return pool_; }

void process_pool_executor::shutdown(shutdown_options options) { pool_->shutdown(options); }

void process_pool_executor::terminate_workers() { pool_->end_workers(platform::end_signal); }

void process_pool_executor::kill_workers() { pool_->end_workers(platform::kill_signal); }

int process_pool_executor::max_workers() const noexcept { return pool_->max_workers(); }

std::vector<std::int64_t> process_pool_executor::worker_pids() const { return pool_->worker_pids(); }

}  // namespace concur
