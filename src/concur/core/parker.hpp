// Where one thread sleeps.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/timeout.hpp"

namespace concur {

//   state_: waiting --park--> asleep --unpark--> awake      (waiting --unpark--> awake: no sleep at all)
//
//   A waker stores `awake` and then wakes the word. Between the two the sleeper may see it and go its
//   way, so the word must not be part of anything that ends there: parkers live in blocks that are
//   lent from thread to thread and never freed.
//
//   A sleep costs some microseconds, so the thread looks for a while first: longer after sleeps that were shorter than
//   that, and shorter after those that were longer. Where it looks as long as can be and sleeps only for a moment
//   then, again and again, it is the sleep that lets the other thread go on: the two share a processor. So it
//   does not look for the next many waits.
class parker {
public:
    // The calling thread's. It serves one wait at a time: prepare(), let one waker know of it, park().
    // A wait that was given up must make sure that no waker has the parker still.
    static parker& mine() noexcept;

    void prepare() noexcept { state_.store(waiting, std::memory_order_relaxed); }
    void unpark() noexcept;

    // Sleeps until unpark() has been called since prepare(). False: the time is over.
    bool park(deadline until = deadline::never()) noexcept;

    // Likewise, and for as long as `word`, which processes share, holds `value`. May end for no reason,
    // as if that had changed. Only where platform::can_wait_on_either().
    enum class woken { here, beside, too_late };
    woken park_beside(deadline until, const void* word, std::uint32_t value) noexcept;

private:
    static constexpr std::uint32_t waiting = 0, awake = 1, asleep = 2;

    bool spin() noexcept;
    void sleep_and_learn(deadline until) noexcept;
    void note_short_sleep() noexcept;

    atomic<std::uint32_t> state_{waiting};
    // The sleeper's:
    int spins_ = least_spins;        // how often it looks before it sleeps, in units of spin_limit()
    int futile_ = 0;                 // times in a row that it has looked longest for nothing
    int without_ = 0;                // sleeps to come before which it does not look
    int next_without_ = first_without;
    static constexpr int least_spins = 3, most_spins = 24;
    static constexpr int most_futile = 3, first_without = 256, most_without = 4096;
};

}  // namespace concur
