#include "concur/platform/cpu.hpp"

#include "concur/platform/affinity.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace concur::platform {
namespace {

// The whole of a small file; empty where it cannot be read.
std::string text_of(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    std::string text(16384, '\0');
    const ssize_t n = ::read(fd, text.data(), text.size());
    ::close(fd);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

int cpus_for(long long quota, long long period) noexcept {
    if (quota <= 0 || period <= 0) return 0;
    return static_cast<int>(std::min<long long>((quota + period - 1) / period, 1 << 20));
}

// "max 100000" or "150000 100000". 0: no limit.
int limit_v2(const std::string& directory) {
    const std::string text = text_of(directory + "/cpu.max");
    if (text.empty() || text.starts_with("max")) return 0;
    char* rest = nullptr;
    const long long quota = std::strtoll(text.c_str(), &rest, 10);
    return cpus_for(quota, std::strtoll(rest, nullptr, 10));
}

int limit_v1(const std::string& directory) {
    const std::string quota = text_of(directory + "/cpu.cfs_quota_us");
    const std::string period = text_of(directory + "/cpu.cfs_period_us");
    return cpus_for(std::strtoll(quota.c_str(), nullptr, 10), std::strtoll(period.c_str(), nullptr, 10));
}

// The tightest limit on the way from a group up to the root of its hierarchy.
int tightest(const std::string& mount, std::string group, int (*limit)(const std::string&)) {
    int least = 0;
    for (;;) {
        const int here = limit(mount + group);
        if (here > 0 && (least == 0 || here < least)) least = here;
        const auto slash = group.rfind('/');
        if (group.empty() || slash == std::string::npos) return least;
        group.resize(slash);
    }
}

// One line of /proc/self/cgroup: "4:cpu,cpuacct:/group" (v1) or "0::/group" (v2).
int limit_of_line(std::string_view line) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == line.npos ? first : first + 1);
    if (second == line.npos) return 0;
    std::string controllers(1, ',');
    controllers.append(line.substr(first + 1, second - first - 1)).append(1, ',');
    std::string group(line.substr(second + 1));
    if (group == "/") group.clear();
    if (controllers == ",,") return tightest("/sys/fs/cgroup", group, limit_v2);
    if (controllers.find(",cpu,") == std::string::npos) return 0;
    const int own = tightest("/sys/fs/cgroup/cpu", group, limit_v1);
    return own > 0 ? own : tightest("/sys/fs/cgroup/cpu,cpuacct", group, limit_v1);
}

int cgroup_limit() {
    const std::string groups = text_of("/proc/self/cgroup");
    int least = 0;
    for (std::size_t at = 0; at < groups.size();) {
        const auto end = std::min(groups.find('\n', at), groups.size());
        const int here = limit_of_line(std::string_view(groups).substr(at, end - at));
        if (here > 0 && (least == 0 || here < least)) least = here;
        at = end + 1;
    }
    return least;
}

int limit_or_none() noexcept {
    try {
        return cgroup_limit();
    } catch (...) {
        return 0;  // no memory to read the files with: as good as no limit
    }
}

}  // namespace

int usable_cpus() noexcept {
    int cpus = usable_processor_count();
    if (cpus <= 0) cpus = static_cast<int>(std::thread::hardware_concurrency());
    const int limit = limit_or_none();
    if (limit > 0) cpus = std::min(cpus, limit);
    return std::max(cpus, 1);
}

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#endif
}

void yield() noexcept { sched_yield(); }

int spin_limit() noexcept {
    static const int limit = usable_processor_count() > 1 ? 100 : 0;
    return limit;
}

}  // namespace concur::platform
