// Jobs that can be told apart, for tests of what holds jobs.
#pragma once
#include "concur/core/job.hpp"

#include <memory>
#include <vector>

namespace support {

struct numbered_job : concur::job {
    explicit numbered_job(int n) : job([](job&) noexcept {}), number(n) {}
    const int number;
};

// -1: there is none.
inline int number_of(const concur::job* j) { return j == nullptr ? -1 : static_cast<const numbered_job*>(j)->number; }

// From 0 on.
inline std::vector<std::unique_ptr<numbered_job>> numbered_jobs(int n) {
    std::vector<std::unique_ptr<numbered_job>> all;
    for (int i = 0; i < n; ++i) all.push_back(std::make_unique<numbered_job>(i));
    return all;
}

// The numbers of all that `line` gives, in its order.
template <class Line>
std::vector<int> emptied(Line& line) {
    std::vector<int> numbers;
    while (concur::job* const j = line.pop()) numbers.push_back(number_of(j));
    return numbers;
}

}  // namespace support
