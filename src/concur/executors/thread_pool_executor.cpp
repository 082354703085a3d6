#include "concur/executors/thread_pool_executor.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/thread_pool.hpp"
#include "concur/platform/affinity.hpp"
#include "concur/platform/cpu.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace concur {
namespace {

constinit atomic<std::uint32_t> pools_made{0};

constexpr long most_workers = 1'000'000;

void check_thread_option(const char* name, const std::optional<long>& size, long least = 1) {
    if (size && *size < least)
        throw std::invalid_argument(std::string("thread_pool_executor: ") + name + " is " + std::to_string(*size) +
                                    "; it must be " + std::to_string(least) + " or more, or left out for the default");
}

std::string listed(const std::vector<int>& numbers) {
    std::string text;
    for (const int n : numbers) text += (text.empty() ? "" : ", ") + std::to_string(n);
    return text;
}

// How many processors the places have in all.
long check_places(const std::vector<std::vector<int>>& places) {
    const std::vector<int> usable = platform::usable_processors();
    std::vector<int> named;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::size_t before = named.size();
        for (const int n : places[i])
            if (std::ranges::binary_search(usable, n)) named.push_back(n);
        if (named.size() == before)
            throw std::invalid_argument("thread_pool_executor: places[" + std::to_string(i) + "] is {" +
                                        listed(places[i]) +
                                        "}; name processors that this process may use: " + listed(usable));
    }
    std::ranges::sort(named);
    return std::ranges::unique(named).begin() - named.begin();
}

thread_pool_options completed(thread_pool_options options) {
    check_thread_option("max_workers", options.max_workers);
    check_thread_option("max_pending", options.max_pending);
    check_thread_option("spare_workers", options.spare_workers, 0);
    const long usual = options.places.empty() ? std::min(32, process_cpu_count() + 4) : check_places(options.places);
    const long most = options.max_workers.value_or(usual);
    options.max_workers = std::min(most, most_workers);
    if (options.spare_workers) options.spare_workers = std::min(*options.spare_workers, most_workers);
    const auto number = pools_made.fetch_add(1, std::memory_order_relaxed);
    if (options.thread_name_prefix.empty()) options.thread_name_prefix = "concur-" + std::to_string(number);
    return options;
}

}  // namespace

thread_pool_executor::thread_pool_executor(thread_pool_options options)
    : pool_(new thread_pool(id(), completed(std::move(options)))) {
    if (pool_->lets_callers_help()) let_callers_help();
    open_lines();
}

thread_pool_executor::~thread_pool_executor() {
    if (!pool_->in_this_process()) return;  // its locks and counts are those of threads that do not exist here
    close_lines();
    // A worker of the pool cannot wait for itself, and one that ends the program waits for nobody.
    const worker* const me = this_worker();
    pool_->shutdown({.wait = me == nullptr || (me->of != id() && !program_is_ending())});
    pool_->release();
}

void thread_pool_executor::post(job& j, int priority) { pool_->post(j, priority); }

bool thread_pool_executor::take_out(job& j) noexcept { return pool_->take_out(j); }

bool thread_pool_executor::has_free_worker() noexcept { return pool_->has_free_worker(); }

std::size_t thread_pool_executor::post_some(std::span<job* const> jobs) noexcept { return pool_->post_some(jobs); }

void thread_pool_executor::shutdown(shutdown_options options) { pool_->shutdown(options); }

int thread_pool_executor::max_workers() const noexcept { return pool_->max_workers(); }

void thread_pool_executor::set_max_workers(long n) {
    if (n < 1)
        throw std::invalid_argument("resize: max_workers is " + std::to_string(n) +
                                    "; a pool must be able to have 1 worker or more");
    pool_->resize(static_cast<int>(std::min(n, most_workers)));
}

int thread_pool_executor::worker_count() const noexcept { return pool_->worker_count(); }

thread_pool_statistics thread_pool_executor::statistics() const noexcept { return pool_->statistics(); }

int process_cpu_count() noexcept { return platform::usable_cpus(); }

}  // namespace concur
