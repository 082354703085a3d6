// What is left to be done when a thread ends.
#pragma once
#include <cstdint>

namespace concur::platform {

//   Whoever makes one keeps it until it has run.
struct thread_end {
    using runner = void(thread_end&) noexcept;

    explicit constexpr thread_end(runner* r) noexcept : run(r) {}
    thread_end(const thread_end&) = delete;
    thread_end& operator=(const thread_end&) = delete;

    runner* run;
    thread_end* next = nullptr;
};

// `e` runs when the calling thread ends: the last that was given comes first, all of them after the destructors of the
// thread's own thread_local objects, and while the thread still has its block. On the main thread also when main
// returns or exit() is called there: then they come before any object with a static life is destroyed. What one of
// them leaves in turn runs too.
void when_this_thread_ends(thread_end& e) noexcept;

// Called before the first block is lent: what comes first here comes first at a thread's end.
void prepare_thread_ends() noexcept;

// The thread that runs main(), as pthreads know it (0: nobody has told), and as the system numbers it. Any thread.
std::uintptr_t main_thread_handle() noexcept;
std::int64_t main_thread_id() noexcept;

}  // namespace concur::platform
