// The life of the process: how often it was forked, and what to do when it ends.
#pragma once
#include <cstdint>

namespace concur::platform {

// 0 in the process that was started; one more in each child of a fork. What was made in another
// generation (threads above all) does not exist in this one.
std::uint32_t fork_generation() noexcept;

// Runs `fn` when the calling thread ends, or when exit() is called on it: then it comes first of all,
// before any object with a static life is destroyed. One at a time; null takes it back.
void at_thread_end(void (*fn)() noexcept) noexcept;

// The calling thread is the one that runs main().
bool on_main_thread() noexcept;

// Runs `fn` when the program exits, before the objects that were made earlier are destroyed.
// Functions run in the reverse order of their registration. False: no memory for it.
bool at_exit(void (*fn)()) noexcept;

// Runs `fn` in each child of a fork, on its only thread, before fork() returns there. At most
// sixteen of them. False: no room.
bool in_fork_child(void (*fn)()) noexcept;

}  // namespace concur::platform
