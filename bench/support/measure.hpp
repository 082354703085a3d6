// What one pass of a case costs: time, processor time, context switches, allocations.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <sys/resource.h>
#include <utility>
#include <vector>

namespace bench {

struct allocation_count {
    double blocks = 0;
    double bytes = 0;
};

// Of the whole process, since allocations::watch(). Watching costs time, so a pass is either timed or
// watched.
namespace allocations {
void watch() noexcept;
allocation_count so_far() noexcept;
}  // namespace allocations

// Each per task but the last three.
struct sample {
    double ns = 0;
    double cpu_ns = 0;
    double switches = 0;
    allocation_count allocated;
    double cpu_percent = 0;
    double p99_ns = 0;  // where each piece of work was timed by itself; `ns` is their median then
    double worst_ns = 0;  // the longest that one thread had to wait, where that was looked at
};

inline double nanoseconds(const timeval& t) {
    return 1e9 * static_cast<double>(t.tv_sec) + 1e3 * static_cast<double>(t.tv_usec);
}

struct moment {
    static moment now() noexcept {
        moment m;
        m.time = std::chrono::steady_clock::now();
        getrusage(RUSAGE_SELF, &m.used);
        m.allocated = allocations::so_far();
        return m;
    }

    std::chrono::steady_clock::time_point time;
    rusage used{};
    allocation_count allocated;
};

inline sample between(const moment& a, const moment& b, std::size_t tasks) {
    const auto n = static_cast<double>(tasks);
    const double wall = std::chrono::duration<double, std::nano>(b.time - a.time).count();
    const double cpu = nanoseconds(b.used.ru_utime) + nanoseconds(b.used.ru_stime) - nanoseconds(a.used.ru_utime) -
                       nanoseconds(a.used.ru_stime);
    const auto switches = static_cast<double>(b.used.ru_nvcsw + b.used.ru_nivcsw - a.used.ru_nvcsw - a.used.ru_nivcsw);
    const allocation_count allocated{(b.allocated.blocks - a.allocated.blocks) / n,
                                     (b.allocated.bytes - a.allocated.bytes) / n};
    return {wall / n, cpu / n, switches / n, allocated, 100 * cpu / wall, 0, 0};
}

template <class F>
sample measure(std::size_t tasks, F&& fn) {
    const moment begin = moment::now();
    std::forward<F>(fn)();
    return between(begin, moment::now(), tasks);
}

// Times each of n calls of fn by itself. What before() does is not in it.
template <class Before, class F>
sample measure_each(std::size_t n, Before&& before, F&& fn) {
    std::vector<double> times(n);
    for (auto& t : times) {
        before();
        t = measure(1, fn).ns;
    }
    std::sort(times.begin(), times.end());
    sample s;
    s.ns = times[n / 2];
    s.p99_ns = times[n - 1 - n / 100];
    return s;
}

template <class F>
sample measure_each(std::size_t n, F&& fn) {
    return measure_each(n, [] {}, std::forward<F>(fn));
}

}  // namespace bench
