// Deaths at random moments of a pool's work, and a ledger of what became of each task.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace support::chaos {

struct plan {
    int workers = 2;
    long tasks = 1000;
    long deaths = 20;                   // about so many
    std::size_t largest = 1 << 20;      // bytes of an argument or a result
    std::uint64_t seed = 1;
    std::chrono::seconds limit{30};     // that a task may take before it counts as lost
};

struct outcome {
    long answered = 0, died = 0;        // tasks that ended with a value, and with worker_died
    long deaths = 0;                    // workers that were killed, or told to die
    long lost = 0;                      // futures that were never done
    long twice = 0;                     // tasks that were begun more than once
    long unstarted = 0;                 // tasks with a value that nobody ran
    long wrong = 0;                     // values that are not those of the task, and other exceptions
    std::vector<std::string> troubles;  // the first few of them

    bool is_well() const { return lost == 0 && twice == 0 && unstarted == 0 && wrong == 0; }
};

// Each task is run on one pool, at most a few thousand at a time, while workers are killed, stopped and told to crash.
// What is killed was started by that pool, and is known by its pidfd.
outcome run(const plan& p);

// How long after a worker's death the answer of its replacement comes, in milliseconds, sorted.
std::vector<double> recovery_times(int workers, int deaths);

}  // namespace support::chaos
