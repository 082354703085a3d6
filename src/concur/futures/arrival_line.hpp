// Futures in the order in which they become done: what as_completed() and map() stand on.
#pragma once
#include "concur/futures/future_core.hpp"

#include <memory>

namespace concur {

class core_list;

// Of one thread at a time.
class arrival_line {
public:
    arrival_line();
    // Of all of these; what was done at this moment comes first.
    explicit arrival_line(core_list all);
    arrival_line(arrival_line&&) noexcept;
    ~arrival_line();

    // Owns a share of `core` from now on.
    void add(future_core& core);

    // The next that is done, with its ownership; null when the time is over. Call it only while
    // something is left. A worker does some of the work while it waits, where nobody else of its pool is
    // free to.
    future_core* next(deadline until);

    std::size_t left() const noexcept;
    void cancel_rest() noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace concur
