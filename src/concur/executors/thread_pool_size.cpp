// How many workers a thread pool has: who starts, and who leaves.
#include "concur/executors/thread_pool.hpp"

#include <algorithm>
#include <utility>

namespace concur {

// With the lock held. In the place of one that is gone, if there is any.
void thread_pool::start_worker() {
    const auto place = std::ranges::find_if(workers_, [](const auto& w) { return w->gone; });
    std::unique_ptr<pool_worker> fresh;
    if (place == workers_.end()) {
        workers_.reserve(workers_.size() + 1);
        pool_worker* const last = newest_worker_.load(std::memory_order_relaxed);
        fresh = std::make_unique<pool_worker>(*this, helpers_, home_, static_cast<int>(workers_.size()), last);
    }
    pool_worker& w = fresh != nullptr ? *fresh : **place;
    retain();
    try {
        w.start(&run_worker);
    } catch (...) {
        owners_.drop();  // never the last: the caller has one
        throw;
    }
    if (fresh != nullptr) {
        newest_worker_.store(fresh.get(), std::memory_order_release);
        workers_.push_back(std::move(fresh));
    }
    ++starting_;
    ++alive_;
    size_changed();
}

// With the lock held: what others read without it.
void thread_pool::size_changed() noexcept {
    const bool may_grow = alive_ < most_workers();
    if (helpers_.may_grow.load(std::memory_order_relaxed) != may_grow)
        helpers_.may_grow.store(may_grow, std::memory_order_seq_cst);
    too_many_.store(alive_ > most_workers(), std::memory_order_relaxed);
}

// Threads that it may be lent.
int thread_pool::most_spare() const noexcept {
    constexpr int usual = 32;
    if (options_.spare_workers) return static_cast<int>(*options_.spare_workers);
    return max_workers() > 1 ? usual : 0;
}

// With the lock held.
int thread_pool::most_workers() const noexcept { return max_workers() + std::min(lending_, most_spare()); }

// Those that are too many when a wait is over leave when they have nothing in hand.
void thread_pool::lend(int by) noexcept {
    if (!in_this_process()) return;
    holding h(lock_);
    lending_ += by;
    size_changed();
    if (by < 0 && alive_ > most_workers() && idle_ != nullptr) pop_idle().spot->unpark();
    parker* const wake = by > 0 ? call_for_help() : nullptr;
    h.release();
    if (wake != nullptr) wake->unpark();
}

void thread_pool::resize(int n) noexcept {
    if (!in_this_process()) return;
    holding h(lock_);
    max_workers_.store(n, std::memory_order_relaxed);
    size_changed();
    for (int surplus = alive_ - most_workers(); surplus > 0 && idle_ != nullptr; --surplus) pop_idle().spot->unpark();
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
}

// For one that is looking and has nothing of its own. True: it stays, for something has come for which it was counted on.
// One that is too many leaves it to the others.
bool thread_pool::leave(pool_worker& w, holding& held) noexcept {
    const bool is_surplus = alive_ > most_workers();
    --alive_;
    size_changed();
    helpers_.looking.fetch_sub(1, std::memory_order_seq_cst);
    if (!is_surplus && something_to_steal()) {
        helpers_.looking.fetch_add(1, std::memory_order_seq_cst);
        ++alive_;
        size_changed();
        return true;
    }
    w.ending = true;
    ++leaving_;
    parker* const wake = call_for_help();
    held.release();
    if (wake != nullptr) wake->unpark();
    return false;
}

// Its thread touches the worker no more: another may take the place.
void thread_pool::note_end(pool_worker& w) noexcept {
    const holding h(lock_);
    count_as_started(w);
    --(w.ending ? leaving_ : alive_);
    w.gone = true;
    tell_drainers();
}

}  // namespace concur
