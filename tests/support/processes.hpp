// Other processes, as a test looks at them: whether they live, whose children they are.
#pragma once
#include "support/gate.hpp"
#include "support/sanitized.hpp"
#include "support/until.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace support {

// Returns once the process has ended, reaped or not. False: it has not, in time.
inline bool until_gone(std::int64_t pid, std::chrono::milliseconds t = long_enough) {
    const auto file = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (file < 0) return true;
    pollfd look{file, POLLIN, 0};
    const int ended = ::poll(&look, 1, static_cast<int>(t.count()));
    ::close(file);
    return ended == 1;
}

// The process is there and has not ended.
inline bool is_alive(std::int64_t pid) { return !until_gone(pid, std::chrono::milliseconds{0}); }

inline bool send_signal(std::int64_t pid, int signal) { return ::kill(static_cast<pid_t>(pid), signal) == 0; }

// Fields of /proc/PID/stat from the third on; empty where there is no such process.
inline std::vector<std::string> status_of(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string text;
    if (!std::getline(file, text) || text.rfind(')') == text.npos) return {};
    std::vector<std::string> fields;
    std::string field;
    for (const char c : text.substr(text.rfind(')') + 2)) {
        if (c != ' ') field += c;
        else fields.push_back(std::exchange(field, {}));
    }
    return fields;
}

// Those of the program: ThreadSanitizer starts one of its own with the first of these.
inline int threads_of(std::int64_t pid) {
    const auto fields = status_of(std::to_string(pid));
    const int all = fields.size() < 18 ? 0 : std::stoi(fields[17]);
    return under_tsan() && all > 1 ? all - 1 : all;
}

// The living children of a process, and theirs.
inline std::vector<std::int64_t> descendants_of(std::int64_t pid) {
    std::vector<std::int64_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != name.npos) continue;
        const auto fields = status_of(name);
        if (fields.size() < 2 || fields[0] == "Z" || std::stoll(fields[1]) != pid) continue;
        found.push_back(std::stoll(name));
        for (const std::int64_t below : descendants_of(found.back())) found.push_back(below);
    }
    return found;
}

}  // namespace support
