// What the system says of where a thread may run.
#pragma once
#include <cstddef>
#include <sched.h>
#include <vector>

namespace support {

// The processors of the calling thread.
inline std::vector<int> mask_here() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    std::vector<int> numbers;
    if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return numbers;
    for (int n = 0; n < CPU_SETSIZE; ++n)
        if (CPU_ISSET(static_cast<std::size_t>(n), &mask)) numbers.push_back(n);
    return numbers;
}

}  // namespace support
