#include "concur/platform/fd.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace concur::platform {
namespace {

constinit std::atomic<bool> files_allowed{true};

// Holds back the SIGPIPE that a write of the calling thread raises, and takes it away at the end. One
// that was there before stays.
class no_sigpipe {
public:
    no_sigpipe() noexcept {
        sigset_t pending;
        sigemptyset(&pending);
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &only_sigpipe(), &before_);
    }
    ~no_sigpipe() {
        const timespec now{};
        while (!was_pending_ && ::sigtimedwait(&only_sigpipe(), nullptr, &now) < 0 && errno == EINTR) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    no_sigpipe(const no_sigpipe&) = delete;
    no_sigpipe& operator=(const no_sigpipe&) = delete;

private:
    static const sigset_t& only_sigpipe() noexcept {
        static const sigset_t set = [] {
            sigset_t s;
            sigemptyset(&s);
            sigaddset(&s, SIGPIPE);
            return s;
        }();
        return set;
    }

    sigset_t before_{};
    bool was_pending_ = false;
};

// Whether a write that gave nothing may be tried again.
bool again(int file) noexcept {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    pollfd until_room{file, POLLOUT, 0};
    ::poll(&until_room, 1, -1);
    return true;
}

}  // namespace

void fd::reset(int number) noexcept {
    const int old = number_;
    number_ = number;
    if (old < 0) return;
    const int saved = errno;
    ::close(old);  // also where it says EINTR: the descriptor is free
    errno = saved;
}

long read_some(int file, void* into, unsigned long size) noexcept {
    ssize_t n = -1;
    do n = ::read(file, into, size);
    while (n < 0 && errno == EINTR);
    return n;
}

bool can_write(int file) noexcept {
    pollfd one{.fd = file, .events = POLLOUT, .revents = 0};
    return ::poll(&one, 1, 0) > 0;
}

bool write_all(int file, const void* data, unsigned long size) noexcept {
    const no_sigpipe quiet;
    const char* from = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t n = ::write(file, from, size);
        if (n < 0 && again(file)) continue;
        if (n <= 0) return false;
        from += n;
        size -= static_cast<unsigned long>(n);
    }
    return true;
}

bool may_open_files() noexcept { return files_allowed.load(std::memory_order_relaxed); }

void open_no_more_files() noexcept { files_allowed.store(false, std::memory_order_relaxed); }

}  // namespace concur::platform
