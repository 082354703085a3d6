// What is tried with each kind of queue.
#pragma once
#include "concur/queue.hpp"

#include <cstddef>
#include <gtest/gtest.h>
#include <vector>

namespace support {

struct fifo {
    template <class T>
    using of = concur::queue<T>;
};
struct lifo {
    template <class T>
    using of = concur::lifo_queue<T>;
};
template <class T>
struct by_value {
    bool operator()(const T& a, const T& b) const { return a.value < b.value; }
};
struct by_priority {
    template <class T>
    using of = concur::priority_queue<T, by_value<T>>;
};

using queue_kinds = testing::Types<fifo, lifo, by_priority>;

struct number {
    number(int v = 0) noexcept : value(v) {}
    bool operator==(const number&) const = default;
    int value;
};

// What can be had at once, in order.
template <class Q>
std::vector<int> drained(Q& q) {
    std::vector<int> all;
    while (auto item = q.try_get()) all.push_back(item->value);
    return all;
}

}  // namespace support
