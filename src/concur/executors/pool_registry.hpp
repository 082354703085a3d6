// The pools of this process, so that none is left behind when it ends.
#pragma once

namespace concur {

class registered_pool {
public:
    registered_pool() = default;
    registered_pool(const registered_pool&) = delete;
    registered_pool& operator=(const registered_pool&) = delete;

    // Waits until no work is queued or being done.
    virtual void drain() noexcept = 0;
    // Takes no more work; `wait`: until all is done and the workers are gone.
    virtual void end(bool wait) = 0;
    virtual bool retain_if_alive() noexcept = 0;
    virtual void release() noexcept = 0;

    registered_pool* next_pool = nullptr;  // these four are the registry's
    registered_pool* prev_pool = nullptr;
    bool drained_by_exit = false;
    bool ended_by_exit = false;

protected:
    ~registered_pool() = default;
};

// From now on the end of the program waits for the pool's work; taken off by leave_registry().
void enter_registry(registered_pool& pool);
void leave_registry(registered_pool& pool) noexcept;

// Between the two calls the thread is a worker; when exit() is called on it, the program is ending
// from that moment on, before anything is destroyed.
void begin_work_here() noexcept;
void end_work_here() noexcept;

// The program has begun to end: no work is taken any more.
bool program_is_ending() noexcept;

}  // namespace concur
