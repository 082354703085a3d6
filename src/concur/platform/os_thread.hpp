// A thread of the operating system, and the block of memory that each thread is lent.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace concur::platform {

class os_thread {
public:
    using function = void(void* argument) noexcept;

    os_thread() = default;
    os_thread(os_thread&& other) noexcept;
    os_thread& operator=(os_thread&& other) noexcept;
    ~os_thread();  // detaches what was neither joined nor detached

    // Starts a thread that runs `fn(argument)`, bound to no processors though the caller be. `stack_size`: bytes that
    // its stack has at least; 0: as many as the system gives. Throws std::system_error where the system has no thread
    // to give (EAGAIN), or none with such a stack (EINVAL); nothing has started then.
    static os_thread start(function* fn, void* argument, std::size_t stack_size = 0);

    void join() noexcept;
    void detach() noexcept;
    // In a child of a fork, which does not have the thread: nothing is to be done with it any more.
    void forget() noexcept { joinable_ = false; }
    bool joinable() const noexcept { return joinable_; }

private:
    std::uintptr_t handle_ = 0;
    bool joinable_ = false;
};

// Names the calling thread for the system's tools. Where the system's room is too small the front
// of `name` gives way, so that a number at its end stays.
void name_this_thread(const char* name) noexcept;

// The calling thread, as the system numbers it.
std::int64_t native_thread_id() noexcept;
// What the system calls the thread of this process with that number. Empty: there is none.
std::string thread_name_of(std::int64_t id);

// Bytes left on the calling thread's stack.
std::size_t stack_left() noexcept;

// The calling thread's block: aligned to a cache line, all zero when it was made, lent to one
// thread at a time and never freed. A later thread gets it as the earlier one left it.
inline constexpr std::size_t thread_block_size = 320;
void* thread_block() noexcept;

// The same, for those who come by all the time: null where the thread has not been lent one. The system finds it
// at a fixed distance from where a thread's own memory begins, in a shared library too.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local void* lent_block;

}  // namespace concur::platform
