// Python's threading.Semaphore and BoundedSemaphore: so many at a time, threads and coroutines.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <mutex>  // std::chrono::time_point, without the calendars of <chrono>
#include <stop_token>
#include <utility>

namespace concur::threading {

//   word_: how many permits are free, times two; and `wanted`: somebody may stand in the line at this semaphore.
//
//   `wanted` changes under the line's lock alone, and while it is set each release goes there: so the permits only
//   become fewer under its hands. For each new permit it calls one of the line; or, where that one has waited for a
//   millisecond, gives it the permit, which then was never free in between.
//   It may be destroyed as soon as nobody waits for it, though the release that ended the last wait has not come back.
class semaphore {
public:
    static constexpr std::int64_t max() noexcept { return 0x7FFF'FFFF; }

    // Throws std::invalid_argument where it is negative, or more than max().
    explicit semaphore(std::int64_t permits = 1) : semaphore(permits, max()) {}
    semaphore(const semaphore&) = delete;
    semaphore& operator=(const semaphore&) = delete;
    ~semaphore() {
        if (lock_watch::must_know_of_ends()) note_end();
    }

    // Waits as long as it takes.
    void acquire() noexcept {
        if (!try_acquire()) wait_in_line(this, law, deadline::never(), {});
    }
    // False: there was none in time, or before a stop was asked for.
    [[nodiscard]] bool acquire(timeout t, const std::stop_token& stop = {}) noexcept {
        return try_acquire() || (!t.is_poll() && wait_in_line(this, law, deadline(t), stop) == turn::given);
    }
    // False: there is none.
    [[nodiscard]] bool try_acquire() noexcept;

    // Throws std::invalid_argument for less than one, std::logic_error where there would be more than max(), or, in a
    // bounded one, more than it was made with. Nothing has changed then. A coroutine without a home that waits may
    // go on inside this call.
    void release(std::int64_t n = 1);

    // co_await s.async_acquire(): true, or false as above. The time begins with this call.
    [[nodiscard]] awaited_turn async_acquire(timeout t = none, std::stop_token stop = {}) noexcept {
        return awaited_turn(this, law, deadline(t), std::move(stop));
    }

    // The same by the standard's names.
    [[nodiscard]] bool try_acquire_for(timeout t) noexcept { return acquire(t); }
    // By its own clock, should that be set meanwhile.
    template <class Clock, class Duration>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Duration> until) {
        for (auto now = Clock::now(); now < until; now = Clock::now())
            if (acquire(timeout(until - now))) return true;
        return try_acquire();
    }

protected:
    // `most`: there are never more than that.
    semaphore(std::int64_t permits, std::int64_t most);

private:
    static constexpr std::uint32_t wanted = 1, one = 2;
    static const law_at_address law;

    void note_end() const noexcept;
    void require_room(std::uint32_t seen, std::int64_t n) const;
    void release_to_line(std::int64_t n);
    bool take() noexcept;
    void pass_on(turn how) noexcept;

    atomic<std::uint32_t> word_;
    const std::uint32_t most_;
};

// There are never more permits than it was made with.
class bounded_semaphore : public semaphore {
public:
    explicit bounded_semaphore(std::int64_t permits = 1) : semaphore(permits, permits) {}
};

}  // namespace concur::threading
