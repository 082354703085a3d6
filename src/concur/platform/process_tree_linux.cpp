#include "concur/platform/process_tree.hpp"

#include "concur/platform/child_process.hpp"
#include "concur/platform/fd.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace concur::platform {
namespace {

// A system in which processes start faster than they are found is not waited for: some 50 ms at most.
constexpr int most_rounds = 100;
constexpr timespec pause_between{0, 500'000};

struct process {
    std::int64_t pid, parent;
};

std::string whole_text(const std::string& path) {
    const fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4096> part;
    for (ssize_t n = 1; file && n > 0;) {
        n = ::read(file.get(), part.data(), part.size());
        if (n > 0) text.append(part.data(), static_cast<std::size_t>(n));
    }
    return text;
}

std::string place_of(std::int64_t pid) { return "/proc/" + std::to_string(pid); }

// Each thread has children of its own.
std::vector<std::int64_t> children_of(std::int64_t pid) {
    std::vector<std::int64_t> found;
    const std::string threads = place_of(pid) + "/task";
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir(threads.c_str()), &::closedir);
    if (all == nullptr) return found;
    while (const dirent* const thread = ::readdir(all.get())) {
        if (thread->d_name[0] == '.') continue;
        const std::string text = whole_text(threads + "/" + thread->d_name + "/children");
        const char* at = text.c_str();
        for (char* end = nullptr;; at = end) {
            const long long child = std::strtoll(at, &end, 10);
            if (end == at) break;
            found.push_back(child);
        }
    }
    return found;
}

// Its status from field 3 on, the state: the name in front of that may hold anything, a ')' too. Empty: it is gone.
std::string state_of(std::int64_t pid) {
    const std::string text = whole_text(place_of(pid) + "/stat");
    const std::size_t name_end = text.rfind(") ");
    return name_end == std::string::npos ? std::string() : text.substr(name_end + 2);
}

std::int64_t parent_of(std::int64_t pid) {
    const std::string state = state_of(pid);
    return state.size() < 3 ? 0 : std::atoll(state.c_str() + 2);
}

// A signal to stop has taken effect, or nothing is left to be stopped.
bool stands(std::int64_t pid) {
    const std::string state = state_of(pid);
    return state.empty() || std::string_view("TtZX").find(state[0]) != std::string_view::npos;
}

// By a pidfd, after which its parent is looked at: one that has ended meanwhile may have left its number to
// a stranger. No more than one descriptor is used, however many there are.
bool signal_child(const process& p, int signal) {
    const fd pidfd = open_pidfd(p.pid);
    return pidfd && parent_of(p.pid) == p.parent && send_signal(pidfd, signal);
}

// Those that are not known yet, stopped.
bool add_children(std::int64_t pid, std::vector<process>& known) {
    bool any = false;
    for (const std::int64_t child : children_of(pid)) {
        if (std::ranges::find(known, child, &process::pid) != known.end()) continue;
        if (!signal_child({child, pid}, SIGSTOP)) continue;
        known.push_back({child, pid});
        any = true;
    }
    return any;
}

// A signal to stop takes effect a little later, and until then there may be more. Those at the bottom go
// first, so that nobody's parent changes.
void kill_below(std::int64_t pid, bool is_caller) {
    std::vector<process> below;
    for (int rounds = most_rounds; rounds > 0; --rounds) {
        // Asked first: what stands starts nothing after that.
        const bool all_stand =
            (is_caller || stands(pid)) && std::ranges::all_of(below, [](const process& p) { return stands(p.pid); });
        bool any = add_children(pid, below);
        for (std::size_t i = 0; i < below.size(); ++i) any |= add_children(below[i].pid, below);
        if (!any && all_stand) break;
        if (!any) ::nanosleep(&pause_between, nullptr);
    }
    for (; !below.empty(); below.pop_back()) signal_child(below.back(), SIGKILL);
}

}  // namespace

void kill_descendants(std::int64_t pid) noexcept {
    try {
        ::kill(static_cast<pid_t>(pid), SIGSTOP);
        kill_below(pid, false);
    } catch (...) {
        // No memory: what is left has the worker's group, or is left.
    }
}

void kill_own_descendants() noexcept {
    if (!may_open_files()) return;
    try {
        kill_below(::getpid(), true);
    } catch (...) {
        // No memory: likewise.
    }
}

}  // namespace concur::platform
