// Futures in the order in which they become done: what wait() and as_completed() stand on.
#pragma once
#include "concur/core/fifo.hpp"
#include "concur/core/inbox.hpp"
#include "concur/futures/future_core.hpp"

#include <vector>

namespace concur {

//   Each future that is not done holds a notice, which it sends to the inbox when it is. Leaving
//   early takes the notices back; one that is on its way at that moment keeps the mailbox alive until
//   it is in (owners_: the line, and each notice that a future holds).
//
//   Of one thread at a time, but for the notices.
class arrival_line {
public:
    // `all_needed`: whether who waits will go on until all are done; see next().
    explicit arrival_line(bool all_needed = true);
    ~arrival_line();
    arrival_line(const arrival_line&) = delete;
    arrival_line& operator=(const arrival_line&) = delete;

    // Owns a share of `core` from now on.
    void add(future_core& core);

    // The next that is done, with its ownership; null when the time is over. Call it only while
    // something is left. A worker does some of the work while it waits, where nobody else of its pool is
    // free to; and where one of several may be enough, only if none is being done by somebody else.
    future_core* next(deadline until);

    std::size_t left() const noexcept { return ready_.size() + (notices_.size() - arrived_); }
    void cancel_rest() noexcept;

private:
    struct mailbox;
    struct notice;

    future_core* take(job& j) noexcept;
    future_core* next_for_worker(deadline until);
    bool assist_one();
    bool may_assist() const noexcept;

    const bool all_needed_;
    fifo<future_core*> ready_;         // done when they were added
    std::vector<notice*> notices_;     // null: has arrived
    std::size_t arrived_ = 0;
    std::size_t unassisted_ = 0;       // a worker has tried to help with those before this one
    mailbox* box_;  // made last: it is the destructor's
};

}  // namespace concur
