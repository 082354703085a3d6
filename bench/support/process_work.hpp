// The sizes of the process cases, for every program that measures one.
#pragma once
#include "support/program.hpp"

#include <chrono>
#include <cstddef>
#include <thread>

namespace bench {

// Doubles in so many megabytes; next to none where only that it runs matters.
inline std::size_t doubles_in(std::size_t megabytes, const request& asked) {
    return asked.shrink > 100 ? 1024 : megabytes * 1024 * 1024 / sizeof(double);
}

inline std::size_t times(std::size_t usual, const request& asked) {
    return std::max<std::size_t>(usual / asked.shrink, 2);
}

// After this everybody sleeps, who spins for some microseconds before.
inline void let_everybody_sleep() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

}  // namespace bench
