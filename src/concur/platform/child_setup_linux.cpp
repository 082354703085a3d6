// The second half of child_process.hpp: what a child does to itself.
#include "concur/platform/child_process.hpp"
#include "concur/platform/injection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <malloc.h>
#include <stdio_ext.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

extern "C" void __gcov_dump() __attribute__((weak));

namespace concur::platform {
namespace {

constexpr std::uint64_t ns_per_second = 1'000'000'000;

// The first of `kept` that is `least` or more; INT_MAX: none is.
int next_kept(std::initializer_list<int> kept, int least) noexcept {
    int next = INT_MAX;
    for (const int file : kept)
        if (file >= least) next = std::min(next, file);
    return next;
}

// `last` may be INT_MAX.
void close_between(int first, int last) noexcept {
    if (::close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) return;
    const long most = ::sysconf(_SC_OPEN_MAX);
    for (int file = first; file <= last && file < most; ++file) ::close(file);
}

// Pages of address space that are mapped; 0: /proc does not say.
std::uint64_t mapped_pages() noexcept {
    if (!may_open_files()) return 0;
    const fd file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
    return std::strtoull(text.data(), nullptr, 10);
}

// Without /proc it is guessed, and rather too much than too little.
std::uint64_t mapped_bytes() noexcept {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (const std::uint64_t pages = mapped_pages()) return pages * page;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_maxrss) * 1024 + (std::uint64_t{1} << 30U);
}

// A lower limit that is there already stays.
bool set_limit(decltype(RLIMIT_AS) what, rlim_t soft, rlim_t hard) noexcept {
    rlimit now{};
    if (::getrlimit(what, &now) != 0) return false;
    const rlimit wanted{std::min(now.rlim_cur, soft), std::min(now.rlim_max, hard)};
    return ::setrlimit(what, &wanted) == 0;
}

bool set_limit(decltype(RLIMIT_AS) what, std::uint64_t limit) noexcept { return set_limit(what, limit, limit); }

void forget_handlers() noexcept {
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
    // In a group of its own it would be stopped for writing to its terminal.
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    for (const int signal : {SIGINT, SIGTTOU}) ::sigaction(signal, &ignored, nullptr);
}

}  // namespace

void settle_as_server() noexcept {
    forget_handlers();
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);
}

bool settle_as_worker(std::int64_t parent_pid) noexcept {
    settle_as_server();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return ::getppid() == parent_pid;  // after that: a parent that died before sends nothing
}

void forget_output() noexcept { ::__fpurge(stdout); }

void close_all_but(std::initializer_list<int> kept) noexcept {
    for (int first = STDERR_FILENO + 1;;) {
        const int next = next_kept(kept, first);
        if (next > first) close_between(first, next == INT_MAX ? next : next - 1);
        if (next == INT_MAX) return;
        first = next + 1;
    }
}

bool replace_fd(int from, int to) noexcept {
    const int flags = to <= STDERR_FILENO ? 0 : FD_CLOEXEC;
    if (from == to) return ::fcntl(to, F_SETFD, flags) == 0;
    while (::dup3(from, to, flags != 0 ? O_CLOEXEC : 0) < 0)
        if (errno != EINTR && errno != EBUSY) return false;
    return true;
}

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    int error = injected_error(system_call::pipe);
    if (error == 0 && ::pipe2(ends.data(), O_CLOEXEC) != 0) error = errno;
    if (error != 0)
        throw std::system_error(error, std::generic_category(),
                                "cannot make a pipe: if too many files are open, raise the limit (ulimit -n)");
    pipe_ends made{fd(ends[0]), fd(ends[1])};
    ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
    return made;
}

bool limit_memory(std::int64_t bytes) noexcept {
    return bytes <= 0 || set_limit(RLIMIT_AS, mapped_bytes() + static_cast<std::uint64_t>(bytes));
}

bool limit_cpu(std::int64_t ns) noexcept {
    if (ns <= 0) return true;
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    const std::uint64_t end = static_cast<std::uint64_t>(used.tv_sec) * ns_per_second +
                              static_cast<std::uint64_t>(used.tv_nsec) + static_cast<std::uint64_t>(ns);
    const std::uint64_t seconds = (end + ns_per_second - 1) / ns_per_second;
    return set_limit(RLIMIT_CPU, seconds, seconds + 1);
}

bool limit_files(std::int64_t count) noexcept {
    return count <= 0 || set_limit(RLIMIT_NOFILE, static_cast<std::uint64_t>(count));
}

// All blocks come from the one heap, whose end is given back only where a great deal of it is free.
void keep_freed_memory() noexcept {
    constexpr int kept = 1 << 30;
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TRIM_THRESHOLD, kept);
    ::mallopt(M_TOP_PAD, 1 << 20);
}

void leave(int code) noexcept {
    if (__gcov_dump != nullptr) __gcov_dump();
    ::_exit(code);
}

}  // namespace concur::platform
