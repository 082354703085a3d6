// What a process holds of the system's: to see that it gives back all that it took.
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace support {

// Open descriptors of this process.
inline std::size_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // but for the one that looks
}

// Mappings of shared segments in this process.
inline std::size_t mapped_segments() {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) count += line.find("/memfd:concur") != line.npos ? 1U : 0U;
    return count;
}

struct held {
    std::size_t files = open_files();
    std::size_t segments = mapped_segments();
    friend bool operator==(const held&, const held&) = default;
};

}  // namespace support
