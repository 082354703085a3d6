// Waits for many file descriptors at once.
#pragma once
#include "concur/platform/fd.hpp"
#include "concur/platform/futex.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace concur::platform {

class poller {
public:
    struct event {
        std::uint64_t token;
        bool readable;
        bool hung_up;  // the other side is gone; what it sent before can still be read
    };
    static constexpr int most_events = 64;

    poller();  // throws std::system_error

    // Level-triggered, for reading. Throws std::system_error. `token`: any but the largest.
    void add(int file, std::uint64_t token);
    // Before it is closed: a child of fork() may hold another one of it.
    void remove(int file) noexcept;

    // Sleeps for `ns` nanoseconds at most; 0 only looks. Returns how many events it wrote. An
    // interruption or wake() ends it early. One thread at a time.
    int wait(std::array<event, most_events>& into, std::int64_t ns = forever) noexcept;

    // Any thread: makes a wait() return that is under way, or the next one. One syscall at most. What was
    // written before wake() is seen after that wait().
    void wake() noexcept;

private:
    fd epoll_;
    fd wake_;
    // wake_ was written and not read yet. Set by wake(), cleared by wait() once it has read wake_.
    std::atomic<bool> woken_{false};
};

}  // namespace concur::platform
