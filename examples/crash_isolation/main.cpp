// crash_isolation: a decoder that somebody else wrote, in C, is given pictures that may be broken. On some it
// crashes, hangs, or calls exit(). In a process pool that costs the picture in hand, and nothing else.
//
//   tile     the decoder, with its bugs        samples  what it is given
//   picture  the decoder as a C++ function     report   what is told of a death
#include "picture.hpp"
#include "report.hpp"
#include "samples.hpp"

#include "concur/futures.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::literals::operator""_MiB;

constexpr auto longest = 2s;  // for one picture, its wait for a worker included

std::string text_of(const summary& s) {
    return std::to_string(s.width) + " x " + std::to_string(s.height) + ", " + std::to_string(s.colours) +
           " colours, brightness " + std::to_string(s.brightness) + " %";
}

// How a picture fared; where its worker died, more goes to `reports`.
std::string outcome_of(const concur::future<summary>& read, std::string& reports) {
    try {
        return text_of(read.result());
    } catch (const concur::worker_died& e) {
        reports += "\n" + death_report(e);
        return death_in_short(e);
    } catch (const concur::timeout_error&) {
        return "stopped (not done after " + std::to_string(longest.count()) + " s)";
    } catch (const std::exception& e) {
        return std::string("refused: ") + e.what();
    }
}

void print_row(const std::string& name, const std::string& outcome) {
    std::printf("  %-16s %s\n", name.c_str(), outcome.c_str());
}

void read_all(concur::executor& pool, const std::vector<sample>& pictures) {
    std::vector<concur::future<summary>> reads;
    for (const sample& s : pictures)
        reads.push_back(pool.submit({.timeout = longest, .name = s.name}, look_at, s.file));
    concur::wait(reads);

    std::string reports;
    std::printf("\n");
    for (std::size_t i = 0; i < reads.size(); ++i) print_row(pictures[i].name, outcome_of(reads[i], reports));
    std::printf("\nThe workers that died:\n%s", reports.c_str());
}

void run() {
    concur::process_pool_executor pool({.max_workers = 2, .limits = {.memory = 256_MiB}});
    const std::vector<sample> pictures = samples();
    std::printf("This is process %d. Its pool reads %zu pictures, in other processes; what the decoder says:\n",
                static_cast<int>(::getpid()), pictures.size());
    std::fflush(stdout);  // the workers' words go to standard error at once
    read_all(pool, pictures);

    std::printf("\nProcess %d is well, and so is its pool. It reads the first picture once more:\n\n",
                static_cast<int>(::getpid()));
    std::string reports;
    print_row(pictures[0].name, outcome_of(pool.submit(look_at, pictures[0].file), reports));
}

}  // namespace

int main() {
    try {
        run();
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "crash_isolation: %s\n", e.what());
        return 1;
    }
}
