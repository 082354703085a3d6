// Where one thread sleeps, and what the library knows of that thread.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/timeout.hpp"

namespace concur {

//   state_: waiting --park--> asleep --unpark--> awake      (waiting --unpark--> awake: no sleep at all)
//
//   A waker stores `awake` and then wakes the word. Between the two the sleeper may see it and go its
//   way, so the word must not be part of anything that ends there: parkers live in blocks that are
//   lent from thread to thread and never freed.
class parker {
public:
    // The calling thread's. It serves one wait at a time: prepare(), let one waker know of it, park().
    // A wait that was given up must make sure that no waker has the parker still.
    static parker& mine() noexcept;

    void prepare() noexcept { state_.store(waiting, std::memory_order_relaxed); }
    void unpark() noexcept;

    // Sleeps until unpark() has been called since prepare(). False: the time is over.
    bool park(deadline until = deadline::never()) noexcept;

private:
    static constexpr std::uint32_t waiting = 0, awake = 1, asleep = 2;
    atomic<std::uint32_t> state_{waiting};
};

class home;

// A thread of a pool, as futures see it. Both calls are made on that thread.
class worker {
public:
    // Its task has a result, which is about to be seen: the worker is as good as free.
    virtual void has_result() noexcept = 0;
    // It goes on to done-callbacks, which may take long: it is not.
    virtual void going_on() noexcept = 0;

    const home* of;             // the pool it works for; only compared, never followed
    int nested = 0;             // tasks that it runs inside another, because that one waits for them
    bool initializing = false;  // it runs its pool's initializer, and no task yet

protected:
    explicit worker(const home* h) noexcept : of(h) {}
    ~worker() = default;
};

// The worker that the calling thread is; null on threads that are not a pool's.
worker* this_worker() noexcept;
void set_this_worker(worker* w) noexcept;

}  // namespace concur
