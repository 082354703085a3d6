// process_pool_chaos [TASKS] [DEATHS] [SEED] [MINUTES]: kills workers at random moments of a million tasks, on pools of
// 1 to 64 of them, and looks whether a task was lost, was run twice, or anything was left behind.
#include "support/census.hpp"
#include "support/chaos.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

namespace chaos = support::chaos;
using support::census;

namespace {

long number(int argc, char** argv, int at, long otherwise) {
    return at < argc ? std::strtol(argv[at], nullptr, 10) : otherwise;
}

bool is_well(const chaos::plan& p, const chaos::outcome& o) {
    if (o.is_well() && o.answered + o.died == p.tasks) return true;
    std::printf(
        "process_pool_chaos: WRONG: %ld lost, %ld begun twice, %ld never begun, %ld wrong; %d workers, seed %llu\n",
        o.lost, o.twice, o.unstarted, o.wrong, p.workers, static_cast<unsigned long long>(p.seed));
    for (const std::string& text : o.troubles) std::printf("    %s\n", text.c_str());
    return false;
}

bool nothing_is_left(const census& before) {
    if (census::comes_back_to(before)) return true;
    std::ostringstream text;
    text << "before: " << before << "; after: " << census::now();
    std::printf("process_pool_chaos: WRONG: left behind: %s\n", text.str().c_str());
    return false;
}

bool recovers_soon() {
    bool soon = true;
    for (const int workers : {1, 2, 8}) {
        const auto times = chaos::recovery_times(workers, 500);
        const double half = times[times.size() / 2], most = times[times.size() * 99 / 100];
        std::printf(
            "process_pool_chaos: %d workers: from a death to its replacement's first answer: p50 %.2f ms, p99 %.2f ms\n",
            workers, half, most);
        soon &= most < 100;
    }
    if (!soon) std::printf("process_pool_chaos: WRONG: p99 is to be below 100 ms (is the machine busy?)\n");
    return soon;
}

}  // namespace

int main(int argc, char** argv) {
    using clock = std::chrono::steady_clock;
    const long tasks = number(argc, argv, 1, 1'000'000), deaths = number(argc, argv, 2, 10'000);
    std::mt19937_64 random(static_cast<std::uint64_t>(number(argc, argv, 3, 1)));
    const auto end = clock::now() + std::chrono::minutes(number(argc, argv, 4, 30));
    const census before = census::now();
    long done = 0, killed = 0, died = 0;
    bool well = true;
    for (int round = 1; well && (done < tasks || killed < deaths); ++round) {
        constexpr int sizes[] = {1, 2, 3, 4, 6, 8, 16, 32, 64};
        chaos::plan p{
            .workers = sizes[random() % std::size(sizes)], .tasks = 20'000, .largest = 16 << 20, .seed = random()};
        p.deaths = std::max(1L, deaths * p.tasks / tasks);
        p.tasks = done < tasks ? std::min(p.tasks, tasks - done) : 1'000;  // what is missing of the deaths
        const chaos::outcome o = chaos::run(p);
        done += p.tasks, killed += o.deaths, died += o.died;
        well = is_well(p, o) && nothing_is_left(before);
        std::printf("process_pool_chaos: round %d: %d workers; %ld tasks so far, %ld deaths, %ld tasks that died\n",
                    round, p.workers, done, killed, died);
        std::fflush(stdout);
        if (clock::now() > end) {
            std::printf("process_pool_chaos: WRONG: the time is over\n");
            well = false;
        }
    }
    well = well && recovers_soon() && nothing_is_left(before);
    std::printf("process_pool_chaos: %s\n", well ? "nothing lost, nothing run twice, nothing left behind" : "failed");
    return well ? 0 : 1;
}
