// Signals that interrupt a system call, and nothing restarts it.
#pragma once
#include <atomic>
#include <csignal>
#include <pthread.h>
#include <thread>

namespace support {

inline std::atomic<int> interruptions_seen{0};

// From now on SIGUSR1 only counts.
inline void count_interruptions() {
    struct sigaction counts{};
    counts.sa_handler = [](int) { interruptions_seen.fetch_add(1); };  // and no SA_RESTART
    ::sigaction(SIGUSR1, &counts, nullptr);
    interruptions_seen = 0;
}

// Sends `n` of them to a thread, each once the one before has come.
inline void interrupt(pthread_t thread, int n) {
    for (int i = 0; i < n; ++i) {
        const int before = interruptions_seen;
        ::pthread_kill(thread, SIGUSR1);
        while (interruptions_seen == before) std::this_thread::yield();
    }
}

}  // namespace support
