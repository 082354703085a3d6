// What this process has, counted before and after: whatever went wrong in between, nothing may be left.
#pragma once
#include <utility>

#include "support/processes.hpp"

#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <vector>

namespace support {

// The children of a process, and theirs, zombies too.
inline std::vector<std::int64_t> all_below(std::int64_t pid) {
    std::vector<std::int64_t> found;
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::ifstream children(thread.path() / "children");
        for (std::int64_t child = 0; children >> child;) {
            found.push_back(child);
            for (const std::int64_t below : all_below(child)) found.push_back(below);
        }
    }
    return found;
}

struct census {
    std::size_t files = 0;      // open descriptors
    std::size_t threads = 0;
    std::size_t segments = 0;   // mappings of shared memory that is ours
    std::size_t processes = 0;  // that descend from this one, zombies too
    std::set<std::string> names = {};  // in /dev/shm

    friend bool operator==(const census&, const census&) = default;

    static census now() {
        census c;
        c.files = entries("/proc/self/fd") - 1;  // that of the look itself
        c.threads = static_cast<std::size_t>(threads_of(::getpid()));
        std::ifstream maps("/proc/self/maps");
        for (std::string line; std::getline(maps, line);) c.segments += line.find("memfd:concur") != line.npos ? 1 : 0;
        c.processes = all_below(::getpid()).size();
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator("/dev/shm", none)) c.names.insert(entry.path());
        return c;
    }

    // Threads that have been joined and processes that were killed may be seen for a moment still.
    static bool comes_back_to(const census& start) {
        return until([&] { return now() == start; }, std::chrono::seconds{5});
    }

    friend std::ostream& operator<<(std::ostream& out, const census& c) {
        return out << c.files << " descriptors, " << c.threads << " threads, " << c.segments << " segments, "
                   << c.processes << " processes, " << c.names.size() << " names in /dev/shm";
    }

private:
    static std::size_t entries(const char* directory) {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(directory)) count += entry.path().empty() ? 0 : 1;
        return count;
    }
};

// Processes whose parent has died become children of this one, so that none is lost sight of.
inline void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

// Reaps what has been adopted and has ended.
inline void bury_orphans() {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
}

}  // namespace support
