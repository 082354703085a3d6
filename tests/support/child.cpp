#include "support/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace support::child {
namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct channel {
    channel() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe");
    }
    ~channel() {
        close(0);
        close(1);
    }
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    int reader() const { return ends[0]; }
    int writer() const { return ends[1]; }
    void close(std::size_t end) {
        if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
    }
    // False: the other side has closed it.
    bool read_some(std::string& text) const {
        std::array<char, 4096> piece;
        const ssize_t n = ::read(reader(), piece.data(), piece.size());
        if (n > 0) text.append(piece.data(), static_cast<std::size_t>(n));
        return n > 0 || (n < 0 && errno == EINTR);
    }

    std::array<int, 2> ends{-1, -1};
};

int run_caught(const std::function<int()>& fn) {
    try {
        return fn();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "the child threw: %s\n", e.what());
    } catch (...) {
        std::fprintf(stderr, "the child threw something\n");
    }
    return threw;
}

[[noreturn]] void be_the_child(const std::function<int()>& fn, const channel& out, const channel& err) {
    ::dup2(out.writer(), STDOUT_FILENO);
    ::dup2(err.writer(), STDERR_FILENO);
    const int code = run_caught(fn);
    std::fflush(nullptr);
    ::_exit(code);
}

// False: the time is over.
bool read_both(const channel& out, const channel& err, outcome& o, clock::time_point until) {
    std::array<pollfd, 2> ends{pollfd{out.reader(), POLLIN, 0}, pollfd{err.reader(), POLLIN, 0}};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        if (left <= 0) return false;
        if (::poll(ends.data(), ends.size(), static_cast<int>(left)) < 0) continue;
        if (ends[0].revents != 0 && !out.read_some(o.out)) ends[0].fd = -1;
        if (ends[1].revents != 0 && !err.read_some(o.err)) ends[1].fd = -1;
    }
    return true;
}

}  // namespace

outcome run(const std::function<int()>& fn, std::chrono::milliseconds t) {
    const auto until = clock::now() + t;
    channel out, err;
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) throw_errno("fork");
    if (pid == 0) be_the_child(fn, out, err);
    out.close(1);
    err.close(1);
    outcome o;
    o.timed_out = !read_both(out, err, o, until);
    if (o.timed_out) ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) o.signal = WTERMSIG(status);
    else o.exit_code = WEXITSTATUS(status);
    return o;
}

outcome run_program(const std::vector<std::string>& command, std::chrono::milliseconds t) {
    const auto become = [&command]() -> int {
        std::vector<char*> words;
        for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        ::execvp(words[0], words.data());
        throw_errno("exec");
    };
    return run(become, t);
}

}  // namespace support::child
