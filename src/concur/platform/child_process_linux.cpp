#include "concur/platform/child_process.hpp"

#include "concur/platform/affinity.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/injection.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

extern "C" void __tsan_init() __attribute__((weak));  // is there where ThreadSanitizer is

namespace concur::platform {

const int end_signal = SIGTERM, kill_signal = SIGKILL, go_on_signal = SIGCONT;

namespace {

constexpr int first_given = 3;  // the number that a child's first given descriptor has

[[noreturn]] void refuse(int error, const std::string& text) {
    throw std::system_error(error, std::generic_category(), text);
}

const char* mend_for_start(int error) noexcept {
    switch (error) {
        case EAGAIN: return ": the limit of processes is reached (ulimit -u, or the cgroup's pids.max)";
        case ENOMEM: return ": there is not enough memory";
        case EMFILE: return ": this process has too many files open; raise its limit (ulimit -n)";
        case ENFILE: return ": the system has too many files open; raise fs.file-max (sysctl)";
        case ENOSYS: return ": that needs Linux 5.4 or later";
        default: return "";
    }
}

[[noreturn]] void cannot_start(int error) { throw start_failure(error); }

void check(int error) {
    if (error != 0) cannot_start(error);
}

// --- start_self -----------------------------------------------------------------------------------

// A copy of `file` that no descriptor below `least` is.
fd copy_above(int file, int least) {
    fd copy(::fcntl(file, F_DUPFD_CLOEXEC, least));
    if (!copy) cannot_start(errno);
    return copy;
}

bool goes_through_exec(int file) noexcept {
    const int flags = ::fcntl(file, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

// What is done to the descriptors between fork and exec. What a child is to have lies above all numbers
// that it is to get, so that no step overwrites what a later one needs.
class descriptors {
public:
    explicit descriptors(std::initializer_list<int> fds) {
        const fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!null && errno == ENOENT)
            refuse(ENOENT,
                   "cannot start a process: there is no /dev/null: make it (mknod -m 666 /dev/null c 1 3), or use "
                   "start_method::fork");
        if (!null) cannot_start(errno);
        const int end = first_given + static_cast<int>(fds.size());
        null_ = copy_above(null.get(), end);
        copies_.reserve(fds.size());
        for (const int file : fds) copies_.push_back(copy_above(file, end));
        check(posix_spawn_file_actions_init(&actions_));
        try {
            fill(end);
        } catch (...) {
            posix_spawn_file_actions_destroy(&actions_);
            throw;
        }
    }
    ~descriptors() { posix_spawn_file_actions_destroy(&actions_); }
    descriptors(const descriptors&) = delete;
    descriptors& operator=(const descriptors&) = delete;

    const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }

private:
    void fill(int end) {
        put(null_.get(), STDIN_FILENO);
        for (const int file : {STDOUT_FILENO, STDERR_FILENO})
            if (!goes_through_exec(file)) put(null_.get(), file);
        for (int given = first_given; const fd& copy : copies_) put(copy.get(), given++);
        check(posix_spawn_file_actions_addclosefrom_np(&actions_, end));
    }
    void put(int from, int to) { check(posix_spawn_file_actions_adddup2(&actions_, from, to)); }

    fd null_;
    std::vector<fd> copies_;
    posix_spawn_file_actions_t actions_{};
};

// No signal blocked, none ignored.
class attributes {
public:
    attributes() {
        check(posix_spawnattr_init(&attributes_));
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~attributes() { posix_spawnattr_destroy(&attributes_); }
    attributes(const attributes&) = delete;
    attributes& operator=(const attributes&) = delete;

    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> environment_with(std::string& role) {
    const std::string_view name(role_variable);
    std::vector<char*> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const bool is_role = text.starts_with(name) && text.substr(name.size()).starts_with('=');
        if (!is_role) all.push_back(*entry);
    }
    all.push_back(role.data());
    all.push_back(nullptr);
    return all;
}

// 0, or an errno.
int spawn(const char* image, pid_t& pid, const descriptors& files, char* const* environment) {
    if (const int error = injected_error(system_call::spawn)) return error;
    const attributes how;
    const std::array<char*, 2> words{program_invocation_name, nullptr};
    return ::posix_spawn(&pid, image, files.actions(), how.get(), words.data(), environment);
}

// The path that the program was started by; null: it says nothing without the directory of that time.
const char* start_path() noexcept {
    const auto* const path = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    return path != nullptr && path[0] == '/' ? path : nullptr;
}

pid_t spawn_self(const descriptors& files, char* const* environment) {
    pid_t pid = 0;
    int error = spawn("/proc/self/exe", pid, files, environment);
    if (error != ENOENT) {
        check(error);
        return pid;
    }
    if (start_path() != nullptr) error = spawn(start_path(), pid, files, environment);
    if (error != 0)
        refuse(error,
               "the program's own image cannot be started again (no /proc?): mount /proc, or use "
               "start_method::fork");
    return pid;
}

// A child without a pidfd could neither be watched nor killed in safety.
child_process with_pidfd(pid_t pid) {
    child_process child{pid, open_pidfd(pid)};
    if (child.pidfd) return child;
    const int error = errno;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    cannot_start(error);
}

// --- thread_count ----------------------------------------------------------------------------------

// Field 20 of /proc/self/stat; the name in front of field 3 may hold anything, a ')' too.
int threads_now() noexcept {
    if (!may_open_files()) return 0;
    const fd file(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> text{};
    const ssize_t n = file ? ::read(file.get(), text.data(), text.size() - 1) : -1;
    if (n <= 0) return 0;
    const char* at = std::strrchr(text.data(), ')');
    for (int field = 2; at != nullptr && field < 20; ++field) at = std::strchr(at + 1, ' ');
    return at == nullptr ? 0 : std::atoi(at);
}

bool is_pid(std::int64_t number) noexcept { return number > 0 && number <= INT_MAX; }

std::int64_t ns_of(const timeval& time) noexcept {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1000;
}

}  // namespace

std::system_error start_failure(int error) {
    return {error, std::generic_category(), std::string("cannot start a process") + mend_for_start(error)};
}

child_process start_self(const char* role, std::initializer_list<int> fds) {
    std::string setting = std::string(role_variable) + "=" + role;
    const std::vector<char*> environment = environment_with(setting);
    const descriptors files(fds);
    const unbound_meanwhile free;
    return with_pidfd(spawn_self(files, environment.data()));
}

child_process fork_self() {
    if (const int error = injected_error(system_call::fork)) cannot_start(error);
    unbound_meanwhile free;
    const pid_t pid = ::fork();
    if (pid < 0) cannot_start(errno);
    if (pid == 0) return free.for_ever(), child_process{};
    return with_pidfd(pid);
}

std::int64_t this_pid() noexcept { return ::getpid(); }

// A thread that was joined may be seen for a moment still: where there are more than one, a second look
// a little later decides. ThreadSanitizer starts one of its own with the program's first.
int thread_count() noexcept {
    int count = threads_now();
    for (long wait_ns = 50'000; count > 1 && wait_ns < 2'000'000; wait_ns *= 2) {
        const timespec time{0, wait_ns};
        ::nanosleep(&time, nullptr);
        count = threads_now();
    }
    if (count > 1 && __tsan_init != nullptr) --count;
    return count;
}

std::optional<child_end> reap(const child_process& child, bool wait) noexcept {
    constexpr int by_pidfd = 3;  // P_PIDFD, which not every C library names
    siginfo_t info{};
    rusage used{};
    const int options = WEXITED | (wait ? 0 : WNOHANG);
    while (::syscall(SYS_waitid, by_pidfd, child.pidfd.get(), &info, options, &used) != 0)
        if (errno != EINTR) return std::nullopt;
    if (info.si_pid == 0) return std::nullopt;
    child_end end;
    if (info.si_code == CLD_EXITED) end.exit_code = info.si_status;
    else end.signal = info.si_status;
    end.peak_memory = std::int64_t{used.ru_maxrss} * 1024;
    end.cpu_ns = ns_of(used.ru_utime) + ns_of(used.ru_stime);
    return end;
}

bool has_ended(const child_process& child) noexcept {
    pollfd one{.fd = child.pidfd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) > 0;
}

bool wait_for_end(const fd& pidfd, std::int64_t ns) noexcept {
    if (!pidfd) return true;
    const std::int64_t end = steady_ns() + ns;
    for (std::int64_t left = ns; left >= 0; left = end - steady_ns()) {
        pollfd one{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
        const timespec time{left / 1'000'000'000, left % 1'000'000'000};
        const int found = ::ppoll(&one, 1, &time, nullptr);
        if (found >= 0) return found > 0;
    }
    return false;
}

fd open_pidfd(std::int64_t pid) noexcept {
    if (const int error = injected_error(system_call::pidfd_open)) {
        errno = error;
        return {};
    }
    if (!is_pid(pid)) {
        errno = ESRCH;
        return {};
    }
    return fd(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
}

bool send_signal(const fd& pidfd, int signal) noexcept {
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

bool signal_group(const fd& pidfd, int signal) noexcept {
    constexpr unsigned whole_group = 4;  // PIDFD_SIGNAL_PROCESS_GROUP
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, whole_group) == 0 ||
           send_signal(pidfd, signal);
}

// -0 would mean the caller's own group, and -1 everybody.
bool signal_group(std::int64_t pid, int signal) noexcept {
    return is_pid(pid) && pid > 1 && ::kill(-static_cast<pid_t>(pid), signal) == 0;
}

}  // namespace concur::platform
