#include "concur/core/inbox.hpp"

#include "concur/core/this_thread.hpp"

#include <utility>

namespace concur {
namespace {

constexpr std::uintptr_t asleep = 1;

job* job_at(std::uintptr_t top) noexcept { return reinterpret_cast<job*>(top); }
parker* parker_at(std::uintptr_t top) noexcept { return reinterpret_cast<parker*>(top & ~asleep); }

}  // namespace

void inbox::send(job& j) noexcept {
    std::uintptr_t top = top_.load(std::memory_order_relaxed);
    do {
        j.next = (top & asleep) != 0 ? nullptr : job_at(top);
    } while (!top_.compare_exchange_weak(top, reinterpret_cast<std::uintptr_t>(&j), std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
    if ((top & asleep) != 0) parker_at(top)->unpark();
}

job* inbox::receive(deadline until) noexcept {
    while (sorted_ == nullptr && !sort_arrivals())
        if (!sleep(until)) return nullptr;
    job* const j = sorted_;
    sorted_ = j->next;
    j->next = nullptr;
    return j;
}

// Newest first becomes oldest first.
bool inbox::sort_arrivals() noexcept {
    if (top_.load(std::memory_order_relaxed) == 0) return false;
    job* newest = job_at(top_.exchange(0, std::memory_order_acquire));
    while (newest != nullptr) {
        job* const older = std::exchange(newest->next, sorted_);
        sorted_ = std::exchange(newest, older);
    }
    return true;
}

// True: look again. False: the time is over and nothing has come.
bool inbox::sleep(deadline until) noexcept {
    if (until.passed()) return false;
    run_deferred();
    parker& spot = parker::mine();
    spot.prepare();
    const std::uintptr_t here = reinterpret_cast<std::uintptr_t>(&spot) | asleep;
    std::uintptr_t nothing = 0;
    if (!top_.compare_exchange_strong(nothing, here, std::memory_order_release, std::memory_order_relaxed)) return true;
    if (spot.park(until)) return true;
    std::uintptr_t mine = here;
    if (top_.compare_exchange_strong(mine, 0, std::memory_order_relaxed, std::memory_order_relaxed)) return false;
    spot.park();  // a sender has taken the parker: stay until it has used it
    return true;
}

}  // namespace concur
