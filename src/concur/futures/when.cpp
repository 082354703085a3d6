#include "concur/futures/when.hpp"

#include "concur/core/worker.hpp"

#include <algorithm>

namespace concur {
namespace {

constexpr std::size_t no_part = static_cast<std::size_t>(-1);

}  // namespace

when_core::when_core(future_core& whole, const std::vector<future_core*>& parts, std::size_t needed)
    : whole_(whole),
      notices_(std::make_unique<notice[]>(parts.size())),
      size_(parts.size()),
      one_is_enough_(needed < parts.size()),
      needed_(needed),
      first_(no_part) {
    for (std::size_t i = 0; i < size_; ++i) {
        notices_[i].whole = this;
        notices_[i].part = parts[i];
        parts[i]->retain();
    }
}

when_core::~when_core() {
    for (std::size_t i = 0; i < size_; ++i) notices_[i].part->release();
}

// The caller's share keeps this alive while parts finish that were listened to already.
void when_core::begin() {
    if (needed_.load(std::memory_order_relaxed) == 0) return deliver();
    for (std::size_t i = 0; i < size_; ++i) {
        whole_.retain();
        if (notices_[i].part->listen(notices_[i])) continue;
        count(i);
        whole_.release();
    }
    reach(begun);
}

void when_core::notice::arrive(job& j) noexcept {
    notice& self = static_cast<notice&>(j);
    when_core& whole = *self.whole;
    whole.count(static_cast<std::size_t>(&self - whole.notices_.get()));
    whole.whole_.release();
}

void when_core::count(std::size_t place) noexcept {
    std::size_t unset = no_part;
    first_.compare_exchange_strong(unset, place, std::memory_order_acq_rel, std::memory_order_relaxed);
    std::size_t needed = needed_.load(std::memory_order_relaxed);
    do {
        if (needed == 0) return;
    } while (!needed_.compare_exchange_weak(needed, needed - 1, std::memory_order_acq_rel, std::memory_order_relaxed));
    if (needed != 1) return;
    deliver();
    reach(enough);
}

void when_core::reach(std::uint32_t stage) noexcept {
    const std::uint32_t before = stage_.fetch_or(stage, std::memory_order_acq_rel);
    if (before == both || (before | stage) != both) return;
    for (std::size_t i = 0; i < size_; ++i)
        if (notices_[i].part->unlisten(notices_[i])) whole_.release();
}

// Helps with one part. Where one is enough, a worker takes up none while somebody else is at one: it
// would have to bring it to its end.
bool when_core::assist() {
    const auto is_at_work = [](const notice& n) { return n.part->now() == future_core::state::running; };
    if (const worker* const me = this_worker(); me != nullptr && !me->initializing && one_is_enough_ &&
                                                std::any_of(notices_.get(), notices_.get() + size_, is_at_work))
        return false;
    const std::size_t from = helped_.load(std::memory_order_relaxed);
    for (std::size_t n = 0; n < size_; ++n) {
        const std::size_t place = (from + n) % size_;
        if (notices_[place].part->done() || !notices_[place].part->assist()) continue;
        helped_.store(place, std::memory_order_relaxed);
        return true;
    }
    return false;
}

}  // namespace concur
