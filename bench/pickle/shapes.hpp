// The three shapes of data that each way to bytes is measured with, and the cases.
//
// A peer is a class with
//     template <class T> void write(const T&)      into a buffer that it keeps and uses again
//     template <class T> T read()                  out of what it wrote last
//     static constexpr bool only_numbers           it has no way to write the other shapes
#pragma once
#include "support/measure.hpp"
#include "support/program.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

struct point {
    double x;
    std::int32_t y;
    bool operator==(const point&) const = default;
};

struct record {
    std::int64_t id;
    std::string name;
    std::vector<point> points;
    std::vector<std::string> tags;
    bool operator==(const record&) const = default;
};

inline std::vector<double> numbers(std::size_t n) {
    std::vector<double> all(n);
    for (std::size_t i = 0; i < n; ++i) all[i] = 0.5 * static_cast<double>(i);
    return all;
}

// Some lie in the string itself, some do not.
inline std::string text(std::size_t i) {
    std::string made = "text number ";
    made += std::to_string(i * i);
    return made;
}

inline std::vector<std::string> texts(std::size_t n) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(text(i));
    return all;
}

inline std::vector<record> records(std::size_t n) {
    std::vector<record> all;
    for (std::size_t i = 0; i < n; ++i) {
        record r{static_cast<std::int64_t>(i), text(i), {}, {"a", text(i + 1)}};
        for (int k = 0; k < 20; ++k) r.points.push_back({0.25 * k, k});
        all.push_back(std::move(r));
    }
    return all;
}

constexpr int repetitions = 31;

// The median of many passes, because they are short; the first few warm the memory up.
template <class F>
sample median_of_passes(int passes, F pass) {
    std::vector<sample> seen;
    for (int i = 0; i < passes; ++i) seen.push_back(measure(1, pass));
    const auto middle = seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 2);
    std::nth_element(seen.begin(), middle, seen.end(), [](const sample& a, const sample& b) { return a.ns < b.ns; });
    return *middle;
}

template <class Peer, class T>
sample measure_shape(const T& value, bool writes, int passes) {
    Peer peer;
    peer.write(value);
    require(peer.template read<T>() == value, "what was read is not what was written");
    if (writes) return median_of_passes(passes, [&] { peer.write(value); });
    return median_of_passes(passes, [&] {
        const T got = peer.template read<T>();
        require(got.size() == value.size(), "elements were lost");
    });
}

template <class Peer>
sample measure_way(const request& asked) {
    // The heap keeps what is freed: otherwise chance decides who gets pages that are mapped already.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    const bool writes = asked.name.starts_with("pickle_write_");
    const std::string shape = asked.name.substr(asked.name.rfind('_') + 1);
    const int passes = asked.shrink > 1 ? 3 : repetitions;
    if (shape == "numbers") return measure_shape<Peer>(numbers(asked.tasks(1'000'000)), writes, passes);
    if constexpr (!requires { Peer::only_numbers; }) {
        if (shape == "texts") return measure_shape<Peer>(texts(asked.tasks(100'000)), writes, passes);
        if (shape == "records") return measure_shape<Peer>(records(asked.tasks(10'000)), writes, passes);
    }
    throw std::invalid_argument("there is no case '" + asked.name + "'");
}

}  // namespace bench
