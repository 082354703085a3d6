// Python's threading.Event: a flag that threads and coroutines wait for.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <stop_token>
#include <utility>

namespace concur::threading {

//   word_: the flag, and `wanted`: somebody may stand in the line at this event.
//
//   `wanted` changes under the line's lock alone, and so does the flag while it is wanted: whoever stood in line when
//   it was set has seen it, however soon it is cleared, and nobody who came after that.
//   An event may be destroyed as soon as its last wait has come back, though set() has not.
class event {
public:
    constexpr event() noexcept = default;
    event(const event&) = delete;
    event& operator=(const event&) = delete;
    ~event() {
        if (lock_watch::must_know_of_ends()) note_end();
    }

    bool is_set() const noexcept { return (word_.load(std::memory_order_acquire) & flag) != 0; }
    // What came before it is there for all who see it set. A coroutine without a home that waits goes on inside
    // this call.
    void set() noexcept;
    void clear() noexcept { word_.fetch_and(~flag, std::memory_order_relaxed); }

    // As long as it takes.
    void wait() noexcept {
        if (!is_set()) wait_in_line(this, law, deadline::never(), {});
    }
    // False: it was not set in time, or before a stop was asked for.
    bool wait(timeout t, const std::stop_token& stop = {}) noexcept {
        return is_set() || (!t.is_poll() && wait_in_line(this, law, deadline(t), stop) == turn::given);
    }
    // co_await event.async_wait(): true, or false as above. The time begins with this call.
    [[nodiscard]] awaited_turn async_wait(timeout t = none, std::stop_token stop = {}) noexcept {
        return awaited_turn(this, law, deadline(t), std::move(stop));
    }

private:
    static constexpr std::uint32_t flag = 1, wanted = 2;
    static const law_at_address law;

    void note_end() const noexcept;
    void set_and_tell() noexcept;
    bool take() noexcept;

    atomic<std::uint32_t> word_{0};
};

}  // namespace concur::threading
