// Where those stand who have let go of a lock until they are notified.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parking.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <stop_token>

namespace concur::threading {

// A lock that whoever is about to wait lets go of, once it stands in line.
class lock_to_leave {
public:
    virtual void leave() noexcept = 0;

protected:
    constexpr lock_to_leave() noexcept = default;
    ~lock_to_leave() = default;
};

//   wanted_: somebody may stand here. It changes under the line's lock alone.
//
//   Who waits joins the line before its lock is free, so no notice that is given under that lock passes it by. Nobody is
//   called here: a notice is given, or not.
class notice_line {
public:
    constexpr notice_line() noexcept = default;
    notice_line(const notice_line&) = delete;
    notice_line& operator=(const notice_line&) = delete;

    ~notice_line() {
        if (lock_watch::must_know_of_ends()) lock_watch::ends(this, "condition", !empty());
    }

    // turn::given: notified. Where `held` was left, it has not been taken again.
    turn wait(lock_to_leave& held, deadline until, const std::stop_token& stop) noexcept;
    // `n` of those who have waited longest, or as many as there are.
    void notify(std::int64_t n) noexcept;
    bool empty() const noexcept { return line_at(this).empty(); }

    // For one who waits by itself: its address is the line's, its ticket that of the lock to leave.
    static const waiting_law& law() noexcept;
    static std::uint64_t ticket_of(lock_to_leave& l) noexcept { return reinterpret_cast<std::uintptr_t>(&l); }

private:
    class notice_law;

    atomic<bool> wanted_{false};
};

}  // namespace concur::threading
