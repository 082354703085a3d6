// For what nobody can be asked to tell: it is looked at until it is so.
#pragma once
#include "support/gate.hpp"

#include <chrono>
#include <thread>

namespace support {

// Looks again and again until `so()`. False: it has not come to that in time.
template <class F>
bool comes_true(F so) {
    const auto until = std::chrono::steady_clock::now() + long_enough;
    while (!so()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace support
