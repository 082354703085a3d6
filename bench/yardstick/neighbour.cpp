// A neighbour that keeps one core busy: until its input ends, and two minutes at most. It says when it
// has been at it for so long that the scheduler knows it as busy, and places others by that.
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
    const auto work_until = [&ended](std::chrono::steady_clock::time_point end) {
        while (!ended.load(std::memory_order_relaxed) && std::chrono::steady_clock::now() < end) continue;
    };
    const auto began = std::chrono::steady_clock::now();
    work_until(began + std::chrono::milliseconds(300));
    std::puts("busy");
    std::fflush(stdout);
    work_until(began + std::chrono::minutes(2));
    std::_Exit(0);  // the reader may be reading yet
}
