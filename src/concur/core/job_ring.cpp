#include "concur/core/job_ring.hpp"

#include <utility>

namespace concur {

// At a place that the line has now, or `j` is elsewhere.
bool job_ring::remove(job& j) noexcept {
    const place at = place_of(j);
    if (at < head_ || at >= tail_ || slot(at) != &j) return false;
    slot(at) = nullptr;
    --count_;
    while (tail_ != head_ && slot(tail_ - 1) == nullptr) --tail_;
    return true;
}

// Twice as large where few of the places are holes; each job gets a new place.
void job_ring::make_room() {
    std::vector<job*> fresh(2 * count_ > slots_.size() ? 2 * slots_.size() : slots_.size());
    place end = 0;
    for (place at = head_; at != tail_; ++at) {
        if (job* const j = slot(at)) {
            fresh[static_cast<std::size_t>(end)] = j;
            j->next = reinterpret_cast<job*>(end++);
        }
    }
    slots_ = std::move(fresh);
    head_ = 0;
    tail_ = end;
}

}  // namespace concur
