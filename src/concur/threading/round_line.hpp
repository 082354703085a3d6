// Where those stand who have come to a barrier before the others.
#pragma once
#include "concur/core/function.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace concur::threading {

//   All but parties_ is guarded by the lock of the line at this.
//
//   arrived_: who has come in this round; all of them stand in line, but the last, who runs the action.
//   round_:   rounds that have ended, whatever their end.
//   Who comes while the action runs belongs to the next round: it stands in line without an index, and is called when
//   the round is over.
//   One who gives up breaks the barrier in the same step as it leaves the line; the others are woken from the threads
//   for such things (core/aside), since it may be the timer's thread that has it give up.
class round_line {
public:
    static constexpr std::uint32_t no_index = ~std::uint32_t{0};
    struct arrival {
        std::uint32_t index = no_index;
        std::uint32_t round = 0;
    };

    explicit round_line(std::uint32_t parties) noexcept : parties_(parties) {}
    round_line(const round_line&) = delete;
    round_line& operator=(const round_line&) = delete;

    ~round_line() {
        if (lock_watch::must_know_of_ends()) lock_watch::ends(this, "barrier", !line_at(this).empty());
    }

    turn wait(arrival& a, deadline until, const std::stop_token& stop) noexcept {
        return wait_in_line(this, law(), until, stop, ticket_of(a));
    }
    // After the wait: the last one runs the action and has the others go on. Gives the index, or throws
    // broken_barrier_error, or what the action throws.
    std::size_t come_out(turn how, const arrival& a, const function<void()>& action);

    void abort() noexcept;
    void reset() noexcept;
    std::size_t waiting() const noexcept;
    bool broken() const noexcept;

    // For one who waits by itself: its address is this, its ticket that of its arrival.
    static const waiting_law& law() noexcept;
    static std::uint64_t ticket_of(arrival& a) noexcept { return reinterpret_cast<std::uintptr_t>(&a); }

private:
    class round_law;

    // With the line locked, all of these.
    bool join(line_at& line, waiter& w, taken_waiters& told) noexcept;
    void break_up(line_at& line, taken_waiters& told) noexcept;
    void note_gone(line_at& line, const waiter& w, taken_waiters& told) noexcept;
    void send_away(line_at& line, turn how, taken_waiters& told) noexcept;

    void break_round(std::uint32_t round) noexcept;
    bool end_round(std::uint32_t round) noexcept;

    const std::uint32_t parties_;
    std::uint32_t arrived_ = 0;
    std::uint32_t round_ = 0;
    bool broken_ = false;
};

}  // namespace concur::threading
