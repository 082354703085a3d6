#include "concur/futures/arrival_line.hpp"

#include "concur/core/worker.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace concur {
struct arrival_line::mailbox {
    inbox in;
    atomic<std::uint32_t> owners_{1};

    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept;
};

struct arrival_line::notice : job {
    notice(mailbox& b, future_core& c, std::size_t p) noexcept : job(&send), box(b), core(c), place(p) {}

    static void send(job& j) noexcept {
        mailbox& box = static_cast<notice&>(j).box;
        box.in.send(j);
        box.release();
    }

    mailbox& box;
    future_core& core;
    std::size_t place;
};

// What came in after the line had gone is dropped here.
void arrival_line::mailbox::release() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    while (job* const j = in.receive(deadline::past())) {
        const std::unique_ptr<notice> late(static_cast<notice*>(j));
        late->core.release();
    }
    delete this;
}

arrival_line::arrival_line(bool all_needed) : all_needed_(all_needed), box_(new mailbox) {}

arrival_line::~arrival_line() {
    for (future_core* const core : ready_) core->release();
    for (notice* const n : notices_) {
        if (n == nullptr || !n->core.unlisten_first(*n)) continue;
        n->core.release();
        delete n;
        box_->release();
    }
    box_->release();
}

void arrival_line::add(future_core& core) {
    if (core.done()) {
        ready_.push(&core);
        return core.retain();
    }
    auto fresh = std::make_unique<notice>(*box_, core, notices_.size());
    notices_.push_back(fresh.get());
    core.retain();
    box_->retain();
    if (core.listen_first(*fresh)) return static_cast<void>(fresh.release());
    notices_.pop_back();
    box_->release();
    try {
        ready_.push(&core);  // it is done by now
    } catch (...) {
        core.release();
        throw;
    }
}

future_core* arrival_line::next(deadline until) {
    if (!ready_.empty()) return ready_.pop();
    if (job* const j = box_->in.receive(deadline::past())) return take(*j);
    if (this_worker() == nullptr) {
        while (assist_one()) {
        }
        job* const j = box_->in.receive(until);
        return j != nullptr ? take(*j) : nullptr;
    }
    return next_for_worker(until);
}

// Runs what it can, one task after the other, for as long as nothing has arrived; then looks again
// from time to time.
future_core* arrival_line::next_for_worker(deadline until) {
    constexpr std::chrono::nanoseconds first{50'000}, longest{5'000'000};
    for (auto slice = first;;) {
        const bool helped = assist_one();
        const deadline soon = helped ? deadline::past() : deadline(slice);
        if (job* const j = box_->in.receive(until < soon ? until : soon)) return take(*j);
        if (until.passed()) return nullptr;
        if (helped) continue;
        unassisted_ = 0;
        slice = std::min(2 * slice, longest);
    }
}

future_core* arrival_line::take(job& j) noexcept {
    const std::unique_ptr<notice> n(static_cast<notice*>(&j));
    notices_[n->place] = nullptr;
    ++arrived_;
    return &n->core;
}

// It may go on without any one of the tasks, which it would have to bring to its end.
bool arrival_line::may_assist() const noexcept {
    worker* const me = this_worker();
    if (me == nullptr || me->initializing) return true;
    if (me->others_are_free()) return false;
    return all_needed_ || std::ranges::none_of(notices_, [](const notice* n) {
               return n != nullptr && n->core.now() != future_core::state::pending;
           });
}

bool arrival_line::assist_one() {
    if (!may_assist()) return false;
    for (; unassisted_ < notices_.size(); ++unassisted_) {
        notice* const n = notices_[unassisted_];
        if (n != nullptr && !n->core.done() && n->core.assist()) return true;
    }
    return false;
}

void arrival_line::cancel_rest() noexcept {
    for (notice* const n : notices_)
        if (n != nullptr) n->core.cancel();
}

}  // namespace concur
