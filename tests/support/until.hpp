// For what nobody can be asked to tell: it is looked at until it is so.
#pragma once
#include "support/gate.hpp"

#include <chrono>
#include <thread>

namespace support {

// Looks again and again until it is so. False: it is not, in time.
template <class F>
bool until(F is_so, std::chrono::milliseconds t = long_enough) {
    for (const auto end = std::chrono::steady_clock::now() + t; !is_so(); std::this_thread::yield())
        if (std::chrono::steady_clock::now() > end) return false;
    return true;
}

}  // namespace support
