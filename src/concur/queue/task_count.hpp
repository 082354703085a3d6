// How many tasks are not done yet, and who waits until none is.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/awaited_turn.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <stop_token>
#include <utility>

namespace concur {

//   begun  how many there have ever been: its owner's, and only grows.
//   done_  how many of those are done, times two; and `wanted`: somebody may stand in the line at this count.
//
//   done_ never passes begun. Whoever compares the two reads done_ first: then they were so far apart, or further, at
//   the moment when begun was read. `wanted` changes under the line's lock alone.
//   This may be destroyed as soon as nobody waits, though the call that ended the last wait has not come back.
class task_count {
public:
    explicit task_count(const atomic<std::uint64_t>& begun) noexcept : begun_(begun) {}
    task_count(const task_count&) = delete;
    task_count& operator=(const task_count&) = delete;

    bool all_done() const noexcept;

    // One more. Throws std::logic_error where all are done; nothing has changed then.
    void done();
    // So many, or as many as there are. Whom that lets go on is for the caller to run.
    void drop(std::uint64_t n, taken_waiters& told) noexcept;

    // False: they were not all done in time, or before a stop was asked for.
    bool join(timeout t, const std::stop_token& stop) noexcept {
        return all_done() || (!t.is_poll() && wait_in_line(this, law, deadline(t), stop) == turn::given);
    }
    awaited_turn async_join(timeout t, std::stop_token stop) noexcept {
        return awaited_turn(this, law, deadline(t), std::move(stop));
    }

private:
    static constexpr std::uint64_t wanted = 1, one = 2;
    static const law_at_address law;

    std::uint64_t counted(std::uint64_t seen) const;
    void done_and_tell();
    bool see_all_done() noexcept;

    const atomic<std::uint64_t>& begun_;
    atomic<std::uint64_t> done_{0};
};

}  // namespace concur
