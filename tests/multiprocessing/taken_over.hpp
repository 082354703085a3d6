// For tasks that do as if their worker had been taken over: what it shares with its pool.
#pragma once
#include "concur/multiprocessing/channel_layout.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/local_socket.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace support::taken_over {

// The worker's own channel, in a worker that was not forked from its pool's process.
inline concur::multiprocessing::channel_layout& channel() {
    using concur::multiprocessing::channel_layout;
    constexpr std::uintptr_t page = 4096;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0, to = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2) continue;
        const bool is_shared = line.find(" rw-s ") != line.npos && line.find("/memfd:concur") != line.npos;
        if (is_shared && to - from == (sizeof(channel_layout) + page - 1) / page * page)
            return *reinterpret_cast<channel_layout*>(from);
    }
    std::abort();
}

// Its socket to the pool: the only one that it has.
inline int socket() {
    for (int file = 3; file < 1024; ++file) {
        struct stat about{};
        if (::fstat(file, &about) == 0 && S_ISSOCK(about.st_mode)) return file;
    }
    std::abort();
}

inline void send(const concur::multiprocessing::worker_packet& packet, std::initializer_list<int> fds = {}) {
    concur::platform::send_packet(socket(), &packet, sizeof packet, fds, true);
}

// The slot for the answer of the task that calls it.
inline concur::multiprocessing::answer_slot& slot() {
    auto& c = channel();
    return c.answers[c.answered.load() % concur::multiprocessing::ring_size];
}

// Says that the task that calls it has been answered, and wakes the pool.
inline void say_answered() {
    auto& c = channel();
    c.answered.store(c.answered.load() + 1);
    send({.what = concur::multiprocessing::worker_packet::kind::wake});
}

[[noreturn]] inline void sleep_for_ever() {
    for (;;) ::pause();
}

}  // namespace support::taken_over
