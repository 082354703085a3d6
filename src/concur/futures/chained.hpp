// What futures share that wait for others: those lie under a lock, for a waiter may look at them to help.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/futures/future_core.hpp"

#include <utility>

namespace concur {

class chained {
protected:
    chained() = default;
    ~chained() = default;

    // What `f` is of, with an ownership for the caller; null: it is done.
    template <class Future>
    static future_core* not_done(const Future& f) noexcept {
        if (f.core().done()) return nullptr;
        f.core().retain();
        return &f.core();
    }

    template <class Future>
    Future taken(Future& f) noexcept {
        const holding h(lock_);
        return std::move(f);
    }

    mutable lock_word lock_;
};

}  // namespace concur
