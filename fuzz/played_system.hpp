// What a pool has here instead of threads, a clock, timers and a server: nothing happens but what a player lets happen,
// all of it on one thread. Programs that link played_system.cpp have it (see CMakeLists.txt).
#pragma once
#include "concur/core/alarm.hpp"
#include "concur/platform/os_thread.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace fuzz {

// Who says what happens.
class player {
public:
    // The pool's thread is about to look for events; `ns` is how long it would wait for one, -1: for ever.
    virtual void before_wait(std::int64_t ns) = 0;
    // It would wait now, and there is nothing.
    virtual void nothing_came(std::int64_t ns) = 0;
    // It is about to read from memory that it shares.
    virtual void before_load() = 0;

    virtual void server_started(int socket) = 0;  // the player's to close
    virtual void server_ended() = 0;
    // False: there is no server any more.
    virtual bool worker_wanted(std::uint64_t id, int channel, int socket, int standard_error) = 0;
    virtual void worker_signalled(std::uint64_t id, int signal) = 0;

protected:
    ~player() = default;
};

struct played_system {
    fuzz::player* player = nullptr;
    bool acting = false;  // the player's own doing: it is not watched
    bool wants_loads = false;  // before_load() is to be called
    std::int64_t now = 1;
    std::vector<concur::timer_alarm*> alarms;
    concur::platform::os_thread::function* collector = nullptr;  // a thread that was started
    void* argument = nullptr;
    std::vector<std::pair<std::uintptr_t, std::size_t>> shared;  // what the pool has mapped and not unmapped

    // Rings what is due then.
    void pass(std::int64_t ns);
};

played_system& the_system() noexcept;

// While there is one, what is done is the player's doing.
class acting {
public:
    acting() noexcept : before_(std::exchange(the_system().acting, true)) {}
    ~acting() { the_system().acting = before_; }
    acting(const acting&) = delete;
    acting& operator=(const acting&) = delete;

private:
    bool before_;
};

}  // namespace fuzz
