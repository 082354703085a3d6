// What the pieces cost that every pool is made of, on this machine: one line of JSON, nanoseconds.
#include "yardstick/pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <linux/futex.h>
#include <mutex>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

template <class F>
double time_of(int n, F&& step) {
    const auto begin = clock_type::now();
    for (int i = 0; i < n; ++i) step(i);
    return std::chrono::duration<double, std::nano>(clock_type::now() - begin).count() / n;
}

// The median of nine passes.
template <class F>
double usual(F&& pass) {
    std::vector<double> seen;
    for (int i = 0; i < 9; ++i) seen.push_back(pass());
    std::nth_element(seen.begin(), seen.begin() + 4, seen.end());
    return seen[4];
}

void keep(void* p) { asm volatile("" : : "g"(p) : "memory"); }

double malloc_and_free(int n) {
    return time_of(n, [](int) {
        void* const block = std::malloc(64);
        keep(block);
        std::free(block);
    });
}

// One thread allocates, the other frees.
double malloc_here_free_there(int n) {
    std::vector<std::atomic<void*>> blocks(static_cast<std::size_t>(n));
    std::thread other([&blocks] {
        for (auto& b : blocks) {
            void* block = nullptr;
            while ((block = b.load(std::memory_order_acquire)) == nullptr) __builtin_ia32_pause();
            std::free(block);
        }
    });
    const double ns = time_of(1, [&](int) {
        for (auto& b : blocks) b.store(std::malloc(64), std::memory_order_release);
        other.join();
    });
    return ns / n;
}

double atomic_add(int n) {
    std::atomic<int> word{0};
    return time_of(n, [&](int) { word.fetch_add(1); });
}

double atomic_add_by_two(int n) {
    alignas(64) std::atomic<int> word{0};
    const auto add = [&] {
        for (int i = 0; i < n; ++i) word.fetch_add(1);
    };
    return time_of(1,
                   [&](int) {
                       std::thread other(add);
                       add();
                       other.join();
                   }) /
           (2 * n);
}

double ring_alone(int n) {
    yardstick::ring line;
    yardstick::task what{nullptr, {1}};
    return time_of(n, [&](int) {
        line.push(&what);
        keep(line.pop());
    });
}

// One thread puts in what the other takes out.
double ring_handover(int n) {
    yardstick::ring line;
    yardstick::task what{nullptr, {1}};
    return time_of(1,
                   [&](int) {
                       std::thread other([&] {
                           for (int left = n; left > 0;)
                               if (line.pop() != nullptr) --left;
                               else __builtin_ia32_pause();
                       });
                       for (int i = 0; i < n; ++i) line.push(&what);
                       other.join();
                   }) /
           n;
}

double mutex_free(int n) {
    std::mutex m;
    return time_of(n, [&](int) { const std::lock_guard held(m); });
}

// Halves of a ping-pong between two threads that spin.
double cache_line_handover(int n) {
    alignas(64) std::atomic<int> word{0};
    std::thread other([&] {
        for (int i = 0; i < n; ++i) {
            while (word.load(std::memory_order_acquire) != 2 * i + 1) __builtin_ia32_pause();
            word.store(2 * i + 2, std::memory_order_release);
        }
    });
    const double ns = time_of(n, [&](int i) {
        word.store(2 * i + 1, std::memory_order_release);
        while (word.load(std::memory_order_acquire) != 2 * i + 2) __builtin_ia32_pause();
    });
    other.join();
    return ns / 2;
}

void futex(std::atomic<std::uint32_t>& word, int op, std::uint32_t value) {
    syscall(SYS_futex, &word, op | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

double futex_wake_of_nobody(int n) {
    std::atomic<std::uint32_t> word{0};
    return time_of(n, [&](int) { futex(word, FUTEX_WAKE, 1); });
}

// Halves of a ping-pong between two threads that sleep.
double futex_wake_to_run(int n) {
    std::atomic<std::uint32_t> word{0};
    const auto reach = [&](std::uint32_t wanted) {
        for (std::uint32_t seen = word.load(); seen != wanted; seen = word.load()) futex(word, FUTEX_WAIT, seen);
    };
    std::thread other([&] {
        for (int i = 0; i < n; ++i) {
            reach(2U * static_cast<std::uint32_t>(i) + 1);
            word.fetch_add(1);
            futex(word, FUTEX_WAKE, 1);
        }
    });
    const double ns = time_of(n, [&](int i) {
        word.fetch_add(1);
        futex(word, FUTEX_WAKE, 1);
        reach(2U * static_cast<std::uint32_t>(i) + 2);
    });
    other.join();
    return ns / 2;
}

}  // namespace

int main(int argc, char**) {
    const int few = argc > 1 ? 10 : 2'000;
    const int many = 100 * few;
    const auto print = [](const char* name, double ns, const char* end) {
        std::printf("\"%s\": %.2f%s", name, ns, end);
    };
    std::printf("{");
    print("malloc + free, 64 bytes, one thread", usual([&] { return malloc_and_free(many); }), ", ");
    print("malloc here, free on the other core", usual([&] { return malloc_here_free_there(many); }), ", ");
    print("atomic fetch_add, one thread", usual([&] { return atomic_add(many); }), ", ");
    print("atomic fetch_add, two threads at one word", usual([&] { return atomic_add_by_two(many); }), ", ");
    print("bare ring, push + pop, one thread", usual([&] { return ring_alone(many); }), ", ");
    print("bare ring, from one core to the other", usual([&] { return ring_handover(many); }), ", ");
    print("std::mutex lock + unlock, one thread", usual([&] { return mutex_free(many); }), ", ");
    print("cache line to the other core", usual([&] { return cache_line_handover(many / 10); }), ", ");
    print("futex wake, nobody asleep", usual([&] { return futex_wake_of_nobody(many / 10); }), ", ");
    print("futex wake until the sleeper runs", usual([&] { return futex_wake_to_run(few); }), "}\n");
}
