#include "concur/platform/poller.hpp"

#include "concur/platform/injection.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace concur::platform {
namespace {

constexpr std::uint64_t token_of_wake = UINT64_MAX;
constexpr std::uint32_t gone = EPOLLHUP | EPOLLERR | EPOLLRDHUP;

[[noreturn]] void refuse(int error, const char* text) { throw std::system_error(error, std::generic_category(), text); }

fd checked(int number, const char* text) {
    if (number < 0) refuse(errno, text);
    return fd(number);
}

fd make_epoll() {
    constexpr auto text = "cannot make a poller: if too many files are open, raise the limit (ulimit -n)";
    if (const int error = injected_error(system_call::epoll)) refuse(error, text);
    return checked(::epoll_create1(EPOLL_CLOEXEC), text);
}

fd make_eventfd() {
    constexpr auto text = "cannot make a poller's wake-up: if too many files are open, raise the limit (ulimit -n)";
    if (const int error = injected_error(system_call::eventfd)) refuse(error, text);
    return checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), text);
}

// Milliseconds, rounded up: it never wakes before its time.
int rounded(std::int64_t ns) noexcept {
    if (ns < 0) return -1;
    return static_cast<int>(std::min<std::int64_t>(ns / 1'000'000 + (ns % 1'000'000 > 0 ? 1 : 0), INT_MAX));
}

int wait_for_events(int epoll, std::array<epoll_event, poller::most_events>& found, std::int64_t ns) noexcept {
    constinit static std::atomic<bool> knows_ns{true};
    if (knows_ns.load(std::memory_order_relaxed)) {
        const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
        const int n = ::epoll_pwait2(epoll, found.data(), poller::most_events, ns < 0 ? nullptr : &time, nullptr);
        if (n >= 0 || (errno != ENOSYS && errno != EPERM)) return n;
        knows_ns.store(false, std::memory_order_relaxed);  // an old kernel, or a filter that does not know it
    }
    return ::epoll_wait(epoll, found.data(), poller::most_events, rounded(ns));
}

}  // namespace

poller::poller() : epoll_(make_epoll()), wake_(make_eventfd()) { add(wake_.get(), token_of_wake); }

void poller::add(int file, std::uint64_t token) {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLRDHUP;
    wanted.data.u64 = token;
    int error = injected_error(system_call::epoll);
    if (error == 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, file, &wanted) != 0) error = errno;
    if (error != 0)
        refuse(error, "cannot watch a file: if there are too many, raise fs.epoll.max_user_watches (sysctl)");
}

void poller::remove(int file) noexcept {
    epoll_event ignored{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, file, &ignored);
}

int poller::wait(std::array<event, most_events>& into, std::int64_t ns) noexcept {
    std::array<epoll_event, most_events> found;
    const int n = wait_for_events(epoll_.get(), found, ns);
    int written = 0;
    for (std::size_t i = 0; std::cmp_less(i, n); ++i) {
        const std::uint64_t token = found[i].data.u64;
        const std::uint32_t events = found[i].events;
        if (token != token_of_wake) {
            into[static_cast<std::size_t>(written++)] = {token, (events & EPOLLIN) != 0, (events & gone) != 0};
            continue;
        }
        // In this order: a wake() in between finds the flag set and writes nothing, and this wait() is
        // the one that it ends.
        std::uint64_t wakes = 0;
        while (::read(wake_.get(), &wakes, sizeof wakes) < 0 && errno == EINTR) {
        }
        woken_.exchange(false, std::memory_order_acq_rel);
    }
    return written;
}

void poller::wake() noexcept {
    if (woken_.exchange(true, std::memory_order_acq_rel)) return;
    const std::uint64_t one = 1;
    while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
}

}  // namespace concur::platform
