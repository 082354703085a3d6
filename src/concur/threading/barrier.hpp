// Python's threading.Barrier: nobody goes on before so many have come.
#pragma once
#include "concur/core/awaited_turn.hpp"
#include "concur/core/error.hpp"
#include "concur/core/function.hpp"
#include "concur/core/timeout.hpp"
#include "concur/threading/round_line.hpp"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>

namespace concur::threading {

// What co_await b.async_wait() waits on. The last who comes goes on at once, and runs the action.
class awaited_round final : public awaited_turn {
public:
    awaited_round(round_line& line, const function<void()>& action, deadline until, std::stop_token stop) noexcept
        : awaited_turn(&line, round_line::law(), until, std::move(stop), round_line::ticket_of(here_)),
          line_(line),
          action_(action) {}
    ~awaited_round() { abandon(); }

    bool await_ready() const noexcept { return false; }
    std::size_t await_resume() {
        awaited_turn::await_resume();
        return line_.come_out(how, here_, action_);
    }

private:
    round_line& line_;
    const function<void()>& action_;
    round_line::arrival here_;
};

// Not to be destroyed while somebody waits. A wait that is given up breaks it: because of the time, a wish to stop, or
// since the coroutine that waits is destroyed.
class barrier {
public:
    // `action` is called once in each round, by the last who comes, before anybody goes on. `t`: for each wait that
    // says none itself. Throws std::invalid_argument for fewer than 1 party, or more than 2147483647.
    explicit barrier(std::int64_t parties, function<void()> action = {}, timeout t = none);
    barrier(const barrier&) = delete;
    barrier& operator=(const barrier&) = delete;

    // Gives the index, from 0, in which it came. Throws broken_barrier_error where the barrier is broken, is reset
    // while it waits, or its own wait is given up. What the action throws comes to whoever called it; the barrier is
    // broken then.
    std::size_t wait() { return wait(timeout_); }
    std::size_t wait(timeout t, const std::stop_token& stop = {});
    // co_await b.async_wait(): likewise.
    [[nodiscard]] awaited_round async_wait() noexcept { return async_wait(timeout_); }
    [[nodiscard]] awaited_round async_wait(timeout t, std::stop_token stop = {}) noexcept {
        return awaited_round(line_, action_, deadline(t), std::move(stop));
    }

    // Breaks it: all who wait and all who come get broken_barrier_error, until it is reset.
    void abort() noexcept { line_.abort(); }
    // Whole again, and empty: who waits gets broken_barrier_error.
    void reset() noexcept { line_.reset(); }

    std::size_t parties() const noexcept { return parties_; }
    // Who has come in this round.
    std::size_t n_waiting() const noexcept { return line_.waiting(); }
    bool broken() const noexcept { return line_.broken(); }

    // For set_name: where others wait for it.
    template <class F>
    void for_each_line(F f) const {
        f(static_cast<const void*>(&line_));
    }

private:
    const std::uint32_t parties_;
    round_line line_;
    const timeout timeout_;
    const function<void()> action_;
};

}  // namespace concur::threading
