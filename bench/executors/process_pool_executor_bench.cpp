// The library's pool of processes, by its public names only.
#include "support/cases.hpp"
#include "support/process_work.hpp"

#include <concur/futures.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <span>
#include <unistd.h>
#include <vector>

namespace {

using bench::request;
using bench::sample;
using concur::process_pool_executor;

// --- what the workers run -------------------------------------------------------------------------

constexpr auto empty_task = [] { return 1; };
constexpr auto echo = [](std::vector<double> v) { return v; };
constexpr auto ends_of = [](std::span<const double> v) { return v.front() + v.back(); };
constexpr auto process_id = [] { return static_cast<std::int64_t>(getpid()); };
constexpr auto stay_busy = [] { std::this_thread::sleep_for(std::chrono::seconds(30)); };

// --- the cases ------------------------------------------------------------------------------------

class peer {
public:
    explicit peer(int workers) : pool_(workers) {}
    template <class F>
    auto submit(const F&) {
        return pool_.submit(empty_task);
    }
    template <class T>
    static T get(concur::future<T>& f) {
        return std::move(f).result();
    }

private:
    process_pool_executor pool_;
};

sample measure_tasks(const request& asked) {
    peer pool(asked.workers);
    const std::size_t n = asked.tasks(200'000);
    return bench::twice(n, [&] { bench::submit_and_get(pool, n); });
}

sample measure_trip(const request& asked) {
    peer pool(asked.workers);
    const std::size_t n = asked.tasks(50'000);
    return bench::twice(n, [&] { bench::round_trips(pool, n); });
}

sample measure_trip_asleep(const request& asked) {
    process_pool_executor pool{asked.workers};
    const auto call = [&] { bench::require(pool.submit(empty_task).result() == 1, "a task was lost"); };
    call();
    return bench::measure_each(bench::times(200, asked), bench::let_everybody_sleep, call);
}

sample measure_echo(const request& asked, std::size_t megabytes, std::size_t usual) {
    process_pool_executor pool{asked.workers};
    const std::vector<double> sent(bench::doubles_in(megabytes, asked), 1.5);
    const auto call = [&] {
        const std::vector<double> back = pool.submit(echo, sent).result();
        bench::require(back.size() == sent.size() && back.back() == 1.5, "the data are wrong");
    };
    call();
    return bench::measure_each(bench::times(usual, asked), call);
}

sample measure_view(const request& asked) {
    process_pool_executor pool{asked.workers};
    const std::vector<double> sent(bench::doubles_in(64, asked), 1.5);
    const auto call = [&] { bench::require(pool.submit(ends_of, sent).result() == 3, "the data are wrong"); };
    call();
    return bench::measure_each(bench::times(20, asked), call);
}

sample measure_map(const request& asked) {
    process_pool_executor pool{asked.workers};
    std::vector<int> in(asked.tasks(1'000'000));
    std::iota(in.begin(), in.end(), 0);
    const auto fn = [](int x) { return bench::twice_plus_one(x); };
    return bench::twice(in.size(), [&] {
        std::size_t i = 0;
        for (const int y : pool.map({.chunksize = 100}, fn, in))
            bench::require(y == bench::twice_plus_one(in[i++]), "the map is wrong");
        bench::require(i == in.size(), "an item was lost");
    });
}

sample measure_start(const request&) {
    std::optional<process_pool_executor> pool;
    return bench::measure(1, [&] {
        pool.emplace(1);
        bench::require(pool->submit(empty_task).result() == 1, "a task was lost");
    });
}

// All workers that there are sleep in a task, so that the next task needs one more.
sample measure_one_more(const request& asked) {
    const std::size_t n = asked.shrink > 1 ? 2 : 8;
    process_pool_executor pool{static_cast<int>(n) + 1};
    const auto call = [&] { bench::require(pool.submit(empty_task).result() == 1, "a task was lost"); };
    call();
    const auto fill = [&] { pool.submit(stay_busy); };
    const sample found = bench::measure_each(n, fill, call);
    bench::require(pool.worker_pids().size() == n + 1, "the pool started another number of workers");
    pool.kill_workers();
    return found;
}

// The task may be on the worker that dies: then it fails, and is asked again.
sample measure_replace(const request& asked) {
    process_pool_executor pool{1};
    std::int64_t worker = pool.submit(process_id).result();
    const auto replace = [&] {
        kill(static_cast<pid_t>(worker), SIGKILL);
        for (const std::int64_t dead = worker; worker == dead;) {
            auto next = pool.submit(process_id);
            if (!next.exception()) worker = next.result();
        }
    };
    return bench::measure_each(bench::times(200, asked), bench::let_everybody_sleep, replace);
}

// Says when the pool is at rest, and ends when it reads the end of its input.
void stay_idle(const request& asked) {
    peer pool(asked.workers);
    bench::submit_and_get(pool, asked.tasks(1000));
    std::puts("at rest");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
}

sample measure(const request& asked) {
    if (asked.name == "process_tasks") return measure_tasks(asked);
    if (asked.name == "process_trip") return measure_trip(asked);
    if (asked.name == "process_trip_asleep") return measure_trip_asleep(asked);
    if (asked.name == "process_echo_1mb") return measure_echo(asked, 1, 200);
    if (asked.name == "process_echo_64mb") return measure_echo(asked, 64, 10);
    if (asked.name == "process_view_64mb") return measure_view(asked);
    if (asked.name == "process_map") return measure_map(asked);
    if (asked.name == "process_start") return measure_start(asked);
    if (asked.name == "process_one_more") return measure_one_more(asked);
    if (asked.name == "process_replace") return measure_replace(asked);
    if (asked.name == "process_idle") return stay_idle(asked), sample{};
    throw std::invalid_argument("there is no case '" + asked.name + "'");
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
