// thread_pool_soak [MINUTES] [SEED]: pools of threads under a mix of all that can be asked of them, from several threads,
// and then nothing for a while, again and again. No task is lost, no result is wrong, and what the program holds of the
// system's stays what it was.
//
//   A reading is taken when everything is at rest: each pool that lasts has one worker, which sleeps, or none. Then
//   threads     are exactly those of the first reading,
//   descriptors likewise,
//   memory      is what is resident once the allocator has given back what is free in it. It may be `most_growth` above
//               the first reading: a thread keeps up to 64 free blocks of each of eight sizes, 147 KiB, and used pages
//               of its stack, and with some twenty threads at a time all have come to that only after a while. What
//               tasks or pools left behind would grow with their number, so the trend over the second half is held to
//               `most_trend`: in ten minutes that half has 100 million tasks and 50,000 pools and more, so a block of
//               64 bytes left by one task in 8,000 shows, or by one pool in three.
//   processor   none is used while nothing is to be done.
//   The first tenth of the time, three seconds at least, is to warm up: each thread has done each piece of work by then.
#include "soak.hpp"

#include "support/held.hpp"
#include "support/processes.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

thread_local const char* doing = "between two pieces";

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr long most_growth = 4096;  // KiB
constexpr long most_trend = 1024;  // KiB
constexpr double most_idle = 0.5;  // percent of a processor
constexpr unsigned outside_threads = 3;
constexpr unsigned still = 120;  // seconds after which something hangs

struct reading {
    double at = 0;  // seconds
    int threads = 0;
    std::size_t files = 0;
    long resident = 0;  // KiB
    std::size_t in_use = 0;  // KiB that the allocator has given away
};

// From the kernel's own count of the pages, which the quicker figures are only near to.
long resident_kib() {
    std::ifstream all("/proc/self/smaps_rollup");
    for (std::string word; all >> word;)
        if (long kib = 0; word == "Rss:" && all >> kib) return kib;
    return 0;
}

reading look(double at) {
    ::malloc_trim(0);
    const auto memory = ::mallinfo2();
    return {at, support::threads_of(::getpid()), support::open_files(), resident_kib(),
            (memory.uordblks + memory.hblkhd) / 1024};
}

seconds processor_time() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto all = std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    return all;
}

// Every pool that lasts has done its work, and its workers sleep.
void come_to_rest(soak::pools& p) {
    p.usual.resize(1);
    for (auto* const pool : {&p.usual, &p.leaving, &p.blocking, &p.refusing}) {
        const int wanted = pool == &p.leaving ? 0 : 1;
        pool->resize(1);
        pool->submit([] {}).wait();
        const bool rests = support::until([&] {
            const auto s = pool->statistics();
            return s.done == s.submitted && s.workers == wanted && s.idle == wanted;
        });
        soak::require(rests, "a pool does not come to rest");
    }
}

void go_on(soak::pools& p) {
    p.usual.resize(4);
    p.leaving.resize(3);
    p.blocking.resize(2);
    p.refusing.resize(2);
}

// Several threads at a time, each with all pieces in an order of its own.
void work(soak::pools& p, soak::numbers& random) {
    std::vector<std::thread> outside;
    for (unsigned i = 0; i < outside_threads; ++i) {
        outside.emplace_back([&p, own = soak::numbers(random())]() mutable {
            std::vector<soak::act> order;
            for (const auto& some : {soak::acts_of_futures(), soak::acts_of_pools()})
                order.insert(order.end(), some.begin(), some.end());
            std::ranges::shuffle(order, own);
            for (const soak::act& a : order) {
                doing = a.name;
                a.run(p, own);
            }
        });
    }
    for (auto& t : outside) t.join();
}

// Nothing is to be done: percent of a processor that is used all the same.
double stay_idle(seconds t) {
    const auto used = processor_time();
    const auto began = clock_type::now();
    std::this_thread::sleep_for(t);  // sleeps: that nothing happens is what is looked at
    return 100 * (processor_time() - used) / (clock_type::now() - began);
}

// Threads that have ended may be seen for a moment still.
reading settled(double at, const std::vector<reading>& before) {
    reading r = look(at);
    const auto same = [&] { return r.threads == before[0].threads && r.files == before[0].files; };
    if (!before.empty() && !same()) support::until([&] { return r = look(at), same(); }, 5s);
    return r;
}

// KiB from the first to the last of these, along the straight line that is nearest to them.
double trend(const std::vector<reading>& all, std::size_t from) {
    const auto n = static_cast<double>(all.size() - from);
    double t = 0, m = 0, up = 0, across = 0;
    for (std::size_t i = from; i < all.size(); ++i) t += all[i].at / n, m += static_cast<double>(all[i].resident) / n;
    for (std::size_t i = from; i < all.size(); ++i) {
        up += (all[i].at - t) * (static_cast<double>(all[i].resident) - m);
        across += (all[i].at - t) * (all[i].at - t);
    }
    return across > 0 ? up / across * (all.back().at - all[from].at) : 0;
}

bool is_flat(const std::vector<reading>& all) {
    const auto largest = std::ranges::max(all, {}, &reading::resident).resident;
    const double along = trend(all, all.size() / 2);
    std::printf(
        "thread_pool_soak: resident at most %+ld KiB from the first reading (bound %ld), "
        "%+.0f KiB over the second half (bound %ld)\n",
        largest - all[0].resident, most_growth, along, most_trend);
    return support::is_sanitized() || (largest - all[0].resident <= most_growth && along <= most_trend);
}

void say(const reading& r, const soak::pools& p, double idle) {
    std::printf("%8.0f s %12llu %9llu %8d %11zu %12ld %11zu %8.2f %%\n", r.at, static_cast<unsigned long long>(p.tasks),
                static_cast<unsigned long long>(p.made), r.threads, r.files, r.resident, r.in_use, idle);
    std::fflush(stdout);
}

void stands_still(int) {
    constexpr char text[] = "thread_pool_soak: WRONG: nothing goes on; something hangs\n";
    static_cast<void>(!::write(1, text, sizeof text - 1));
    ::_exit(1);
}

}  // namespace

void soak::require(bool held, const char* what) {
    if (held) return;
    std::printf("thread_pool_soak: WRONG: %s: %s\n", doing, what);
    std::fflush(stdout);
    std::_Exit(1);
}

int main(int argc, char** argv) {
    const double all_of_it = std::max(10.0, 60 * (argc > 1 ? std::strtod(argv[1], nullptr) : 10));
    const double warm = std::max(3.0, all_of_it / 10);
    const auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    constexpr int readings = 40;
    soak::numbers random(seed);
    soak::pools p;
    std::signal(SIGALRM, stands_still);
    ::alarm(still);
    soak::start_lasting_threads();
    const auto began = clock_type::now();
    const auto passed = [&] { return seconds(clock_type::now() - began).count(); };
    std::printf("thread_pool_soak: %.0f s, seed %llu\n%10s %12s %9s %8s %11s %12s %11s %10s\n", all_of_it, seed, "time",
                "tasks", "pools", "threads", "descriptors", "resident KiB", "in use KiB", "idle");
    std::vector<reading> all;
    for (int i = 0; i <= readings; ++i) {
        const double end = warm + (all_of_it - warm) * i / readings;
        const seconds idle(all_of_it / readings / 10);
        do {
            ::alarm(still);
            work(p, random);
        } while (passed() < end - idle.count());
        come_to_rest(p);
        const double used = stay_idle(idle);
        all.push_back(settled(passed(), all));
        if (i % 2 == 0) say(all.back(), p, used);
        soak::require(all.back().threads == all[0].threads, "threads are left, or are missing");
        soak::require(all.back().files == all[0].files, "descriptors are left, or are missing");
        soak::require(idle < 1s || used <= most_idle, "pools with nothing to do use a processor");
        go_on(p);
    }
    soak::require(is_flat(all), "memory is left behind");
    std::puts("thread_pool_soak: nothing lost, nothing wrong, nothing left behind");
}
