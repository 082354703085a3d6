// Ctrl-C.
#pragma once
#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace parallel_search {

//   As long as this lives, the first SIGINT calls a function, on a thread of its own, where it may do
//   what it likes; the second one kills the program. To be made before all other threads, which then
//   leave the signal to this one. A program that was started with SIGINT ignored goes on to ignore it.
//
//   watching --signal--> interrupted --end--> ended
//        \-------------end-------------------/
class interrupts {
public:
    explicit interrupts(std::function<void()> on_first);
    ~interrupts();
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;

private:
    enum class state { watching, interrupted, ended };

    void watch();

    std::function<void()> on_first_;
    sigset_t signals_;
    std::atomic<state> state_{state::watching};
    std::thread thread_;
};

}  // namespace parallel_search
