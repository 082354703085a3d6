// One program measures one peer: PROGRAM CASE [--peer NAME] [--shrink K] [--workers W] [--count]
// and prints one line of JSON.
#pragma once
#include "support/measure.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace bench {

struct request {
    std::string name;
    std::string peer;  // where a program has several
    int workers = 2;
    std::size_t shrink = 1;  // so many times fewer tasks
    bool count = false;      // allocations instead of time

    // A multiple of four, and never none.
    std::size_t tasks(std::size_t usual) const { return 4 * std::max<std::size_t>(usual / shrink / 4, 1); }
};

// A case that the peer cannot be asked for, and why: that is shown.
struct impossible : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A case for which the peer has no form: it is left out.
struct not_offered : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Ends the program where `held` is false: a figure of a pool that went wrong is worth nothing.
void require(bool held, const char* what);

int report(int argc, char** argv, sample (*measure)(const request&));

}  // namespace bench
