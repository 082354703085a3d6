// Looks for a schedule that fails.
#pragma once
#include "model/checker.hpp"

#include <cstdint>
#include <string>

namespace concur::model {

struct search_options {
    std::uint64_t random = 100'000;  // for each scenario
    std::uint64_t random_in_all = 0;  // instead: shared by the scenarios of the program
    std::uint64_t seed = 1;
    int preemptions = 2;
    std::uint64_t bounded_cap = 3'000'000;
    std::string only;
    std::string replay;
    bool expect_failure = false;
    bool allow_incomplete = false;
    bool list = false;
};

// Prints one line, or the failure. True: the scenario did what was expected of it.
bool check(const scenario& s, const search_options& options, const char* program);
// Runs the one schedule that was written down.
bool replay(const scenario& s, const search_options& options);

// Makes the engine, and turns what would end the process into a failed schedule.
void prepare_engine();

}  // namespace concur::model
