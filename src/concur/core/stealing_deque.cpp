#include "concur/core/stealing_deque.hpp"

#include <utility>

namespace concur {

stealing_deque::room::room(std::size_t n)
    : size(static_cast<std::int64_t>(n)), places(std::make_unique<atomic<std::uintptr_t>[]>(n)) {}

stealing_deque::stealing_deque(std::size_t places) : room_(new room(places)) {}

stealing_deque::~stealing_deque() {
    for (room* r = room_.load(std::memory_order_relaxed); r != nullptr;) delete std::exchange(r, r->older);
}

stealing_deque::room* stealing_deque::grow(std::int64_t bottom) {
    room* const old = room_.load(std::memory_order_relaxed);
    auto larger = std::make_unique<room>(2 * static_cast<std::size_t>(old->size));
    for (std::int64_t i = top_.load(std::memory_order_relaxed); i < bottom; ++i)
        larger->at(i).store(old->at(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
    larger->older = old;
    room_.store(larger.get(), std::memory_order_release);
    return larger.release();
}

job* stealing_deque::take() noexcept {
    const std::int64_t b = bottom_.load(std::memory_order_relaxed) - 1;
    if (b < top_.load(std::memory_order_relaxed)) return nullptr;
    bottom_.store(b, std::memory_order_seq_cst);
    std::int64_t t = top_.load(std::memory_order_seq_cst);
    job* found = nullptr;
    if (t <= b) {
        found = job_at(room_.load(std::memory_order_relaxed)->at(b).load(std::memory_order_relaxed));
        if (t < b) return found;
        // The last one: a thief may be at it.
        if (!top_.compare_exchange_strong(t, t + 1, std::memory_order_seq_cst, std::memory_order_relaxed))
            found = nullptr;
    }
    bottom_.store(b + 1, std::memory_order_relaxed);
    return found;
}

job* stealing_deque::steal_if(std::int64_t first, std::uintptr_t kind) noexcept {
    std::int64_t t = top_.load(std::memory_order_seq_cst);
    while (t >= first && t < bottom_.load(std::memory_order_seq_cst)) {
        const std::uintptr_t oldest = room_.load(std::memory_order_acquire)->at(t).load(std::memory_order_relaxed);
        if ((oldest & kind) != kind) return nullptr;
        if (top_.compare_exchange_strong(t, t + 1, std::memory_order_seq_cst, std::memory_order_seq_cst))
            return job_at(oldest);
    }
    return nullptr;
}

}  // namespace concur
