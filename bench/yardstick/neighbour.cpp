// A neighbour that keeps one core busy: until its input ends, and two minutes at most. It says when it
// has begun.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

int main() {
    std::atomic<bool> ended{false};
    const std::jthread reader([&ended] {
        while (std::getchar() != EOF) continue;
        ended.store(true, std::memory_order_relaxed);
    });
    std::puts("busy");
    std::fflush(stdout);
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!ended.load(std::memory_order_relaxed) && std::chrono::steady_clock::now() < end) continue;
    std::_Exit(0);  // the reader may be reading yet
}
