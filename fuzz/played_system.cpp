// Stands in for core/alarm.cpp, multiprocessing/server_link.cpp, platform/clock_linux.cpp and platform/os_thread_linux.cpp
// of the library: what a program defines itself is not taken from there. The linker sends the library's calls of mmap,
// munmap and epoll_pwait2 here (--wrap).
#include "played_system.hpp"

#include "concur/multiprocessing/server_link.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/injection.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <sys/epoll.h>
#include <sys/mman.h>

namespace concur {

class alarm_clock {
public:
    static void set(timer_alarm& a, deadline at) {
        a.at_ = at.at();
        a.clock_ = nullptr;
        a.generation_ = 0;
        a.place_ = 0;
        fuzz::the_system().alarms.push_back(&a);
    }
    static bool cancel(timer_alarm& a) noexcept {
        a.place_ = timer_alarm::nowhere;
        return std::erase(fuzz::the_system().alarms, &a) != 0;
    }
    static bool is_due(const timer_alarm& a) noexcept { return a.at_ <= fuzz::the_system().now; }
    static void ring(timer_alarm& a) noexcept {
        cancel(a);
        a.ring_(a);
    }
};

void timer_alarm::set(deadline at) {
    if (!at.is_never()) alarm_clock::set(*this, at);
}

bool timer_alarm::cancel() noexcept { return alarm_clock::cancel(*this); }

}  // namespace concur

namespace fuzz {

namespace {
constinit played_system the_one;
}

played_system& the_system() noexcept { return the_one; }

void played_system::pass(std::int64_t ns) {
    now += ns;
    for (;;) {
        const auto due = std::ranges::find_if(alarms, [](const auto* a) { return concur::alarm_clock::is_due(*a); });
        if (due == alarms.end()) return;
        concur::alarm_clock::ring(**due);
    }
}

}  // namespace fuzz

using fuzz::the_system;

namespace concur::platform {

std::int64_t steady_ns() noexcept { return the_system().now; }
std::int64_t coarse_ns() noexcept { return the_system().now; }

os_thread::os_thread(os_thread&& other) noexcept : joinable_(std::exchange(other.joinable_, false)) {}
os_thread& os_thread::operator=(os_thread&& other) noexcept {
    joinable_ = std::exchange(other.joinable_, false);
    return *this;
}
os_thread::~os_thread() = default;

// The pool's first thread; there must be no second.
os_thread os_thread::start(function* fn, void* argument, std::size_t) {
    if (the_system().collector != nullptr) std::abort();
    the_system().collector = fn;
    the_system().argument = argument;
    os_thread started;
    started.handle_ = 1;
    started.joinable_ = true;
    return started;
}
void os_thread::join() noexcept { joinable_ = false; }
void os_thread::detach() noexcept { joinable_ = false; }

void name_this_thread(const char*) noexcept {}
std::size_t stack_left() noexcept { return std::size_t{1} << 20; }

constinit thread_local void* lent_block = nullptr;

void* thread_block() noexcept {
    alignas(64) static std::byte block[thread_block_size];
    return block;
}

}  // namespace concur::platform

namespace concur::multiprocessing {

server_link::server_link(start_method, const local_initializer*) {
    platform::socket_pair ends = platform::make_socket_pair();
    socket_ = std::move(ends.here);
    const fuzz::acting now;
    the_system().player->server_started(ends.there.release());
}

server_link::~server_link() {
    const fuzz::acting now;
    the_system().player->server_ended();
}

bool server_link::start_worker(std::uint64_t id, int channel, int socket, int standard_error) noexcept {
    if (platform::injected_error(platform::system_call::send) != 0) return false;
    const fuzz::acting now;
    return the_system().player->worker_wanted(id, channel, socket, standard_error);
}

bool server_link::signal_worker(std::uint64_t id, int signal) noexcept {
    const fuzz::acting now;
    the_system().player->worker_signalled(id, signal);
    return !gone_;
}

void server_link::send_rest() noexcept {}

// It keeps silent, until the pool has had enough of it.
void server_link::ask() noexcept {}
void server_link::kill() noexcept { platform::hang_up(socket_.get()); }

platform::transfer server_link::next_report(server_report& report, platform::fd& pidfd) noexcept {
    return receive_report(socket_.get(), report, pidfd);
}

}  // namespace concur::multiprocessing

// --- what the linker sends here ---------------------------------------------------------------------

extern "C" {

void* __real_mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) noexcept;
int __real_munmap(void* at, std::size_t size) noexcept;
int __real_epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* time, const sigset_t* mask);

void* __wrap_mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
    void* const made = __real_mmap(at, size, protection, flags, file, offset);
    if (made != MAP_FAILED && file >= 0 && (flags & MAP_SHARED) != 0 && the_system().player != nullptr &&
        !the_system().acting)
        the_system().shared.emplace_back(reinterpret_cast<std::uintptr_t>(made), size);
    return made;
}

int __wrap_munmap(void* at, std::size_t size) noexcept {
    if (the_system().player != nullptr)
        std::erase(the_system().shared, std::pair(reinterpret_cast<std::uintptr_t>(at), size));
    return __real_munmap(at, size);
}

int __wrap_epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* time, const sigset_t* mask) {
    if (the_system().player == nullptr) return __real_epoll_pwait2(epoll, events, most, time, mask);
    const std::int64_t ns = time == nullptr ? -1 : std::int64_t{time->tv_sec} * 1'000'000'000 + time->tv_nsec;
    the_system().player->before_wait(ns);
    const timespec none{};
    const int found = __real_epoll_pwait2(epoll, events, most, &none, mask);
    if (found == 0 && ns != 0) the_system().player->nothing_came(ns);
    return found;
}

// Before each read, where the compiler was told to call it.
static void before_load(const void* at) noexcept {
    fuzz::played_system& s = the_system();
    if (!s.wants_loads || s.acting) return;
    const auto place = reinterpret_cast<std::uintptr_t>(at);
    const auto holds = [&](const auto& m) { return place - m.first < m.second; };
    if (std::ranges::any_of(s.shared, holds)) s.player->before_load();
}
void __sanitizer_cov_load1(std::uint8_t* at) { before_load(at); }
void __sanitizer_cov_load2(std::uint16_t* at) { before_load(at); }
void __sanitizer_cov_load4(std::uint32_t* at) { before_load(at); }
void __sanitizer_cov_load8(std::uint64_t* at) { before_load(at); }
void __sanitizer_cov_load16(void* at) { before_load(at); }

}  // extern "C"
