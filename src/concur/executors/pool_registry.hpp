// The pools of this process, so that none is left behind when it ends.
#pragma once

namespace concur {

class thread_pool;

// From now on the end of the program waits for the pool's work; taken off by leave_registry().
void enter_registry(thread_pool& pool);
void leave_registry(thread_pool& pool) noexcept;

// Between the two calls the thread is a worker; when exit() is called on it, the program is ending
// from that moment on, before anything is destroyed.
void begin_work_here() noexcept;
void end_work_here() noexcept;

// The program has begun to end: no work is taken any more.
bool program_is_ending() noexcept;

}  // namespace concur
