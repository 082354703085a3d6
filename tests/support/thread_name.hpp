// What the system's tools show of a thread.
#pragma once
#include <fstream>
#include <string>

namespace support {

// Of the calling thread.
inline std::string thread_name() {
    std::ifstream file("/proc/thread-self/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

}  // namespace support
