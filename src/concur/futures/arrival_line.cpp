#include "concur/futures/arrival_line.hpp"

#include "concur/core/fifo.hpp"
#include "concur/core/inbox.hpp"
#include "concur/core/steady_list.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/core/worker.hpp"
#include "concur/futures/core_list.hpp"
#include "concur/futures/helping.hpp"

#include <algorithm>
#include <utility>

namespace concur {
namespace {

struct mailbox;

// A cache line each, since many threads may be sending theirs.
struct alignas(64) notice : job {
    explicit notice(mailbox& b) noexcept : job(&send), box(b) {}

    static void send(job& j) noexcept;

    mailbox& box;
    future_core* core = nullptr;
    notice* before = nullptr;  // in the order of adding, and in the line of spare ones
    notice* after = nullptr;
};

struct mailbox {
    void retain(std::size_t n) noexcept { owners_.fetch_add(n, std::memory_order_relaxed); }
    void release(std::size_t n) noexcept;

    inbox in;
    steady_list<notice> notices;
    atomic<std::size_t> owners_{1};
};

void notice::send(job& j) noexcept {
    mailbox& box = static_cast<notice&>(j).box;
    box.in.send(j);
    box.release(1);
}

// What came in after the line had gone is dropped here.
void mailbox::release(std::size_t n) noexcept {
    if (owners_.fetch_sub(n, std::memory_order_acq_rel) != n) return;
    while (job* const j = in.receive(deadline::past())) static_cast<notice*>(j)->core->release();
    delete this;
}

}  // namespace

//   Each future that is not done holds a notice, which it sends to the inbox when it is. Leaving
//   early takes the notices back; one that is on its way at that moment keeps the mailbox alive until
//   it is in (owners_: the line, and each notice that a future holds). The notices lie in the mailbox;
//   one that has come in is used again.
class arrival_line::state {
public:
    state() : box_(new mailbox) {}
    explicit state(core_list all);
    ~state();
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void add(future_core& core);
    future_core* next(deadline until);
    std::size_t left() const noexcept { return done_left_ + ready_.size() + awaited_; }
    void cancel_rest() noexcept;

private:
    bool enlist(future_core& core);
    void link(notice& n) noexcept;
    void unlink(notice& n) noexcept;
    future_core* next_done() noexcept;
    future_core* take(job& j) noexcept;
    future_core* next_for_worker(deadline until);
    bool assist_one();

    core_list all_;              // those that were done at the beginning, and null for each other
    std::size_t looked_at_ = 0;  // of all_
    std::size_t done_left_ = 0;  // of all_
    fifo<future_core*> ready_;   // done when they were added
    std::size_t awaited_ = 0;    // notices that have not been taken
    notice* first_ = nullptr;    // the oldest of those
    notice* last_ = nullptr;
    notice* unassisted_ = nullptr;  // a worker has tried to help with those before this one
    notice* spare_ = nullptr;
    std::size_t owed_ = 0;  // shares of the mailbox, for notices to come
    mailbox* box_;          // made last: it is the destructor's
};

arrival_line::state::state(core_list all) : state() {
    all_ = std::move(all);
    for (std::size_t i = 0; i < all_.size(); ++i) {
        fetch_ahead_of(all_, i);
        if (!all_[i]->done() && enlist(*all_[i])) all_.take(i);
        else ++done_left_;
    }
}

arrival_line::state::~state() {
    for (future_core* const core : ready_) core->release();
    for (notice* n = first_; n != nullptr; n = n->after) {
        if (!n->core->unlisten_first(*n)) continue;
        n->core->release();
        ++owed_;
    }
    box_->release(owed_ + 1);
}

void arrival_line::state::add(future_core& core) {
    core.retain();
    try {
        if (core.done() || !enlist(core)) ready_.push(&core);
    } catch (...) {
        core.release();
        throw;
    }
}

// Takes over a share. False: it is done by now, and the share was not taken.
bool arrival_line::state::enlist(future_core& core) {
    constexpr std::size_t some = 64;
    if (spare_ == nullptr) spare_ = &box_->notices.add(*box_);
    if (owed_ == 0) box_->retain(owed_ = some);
    notice& n = *spare_;
    n.core = &core;
    if (!core.listen_first(n)) return false;
    spare_ = n.before;
    --owed_;
    link(n);
    return true;
}

void arrival_line::state::link(notice& n) noexcept {
    n.before = last_;
    n.after = nullptr;
    (last_ != nullptr ? last_->after : first_) = &n;
    last_ = &n;
    if (unassisted_ == nullptr) unassisted_ = &n;
    ++awaited_;
}

void arrival_line::state::unlink(notice& n) noexcept {
    if (unassisted_ == &n) unassisted_ = n.after;
    (n.before != nullptr ? n.before->after : first_) = n.after;
    (n.after != nullptr ? n.after->before : last_) = n.before;
    n.before = std::exchange(spare_, &n);
    --awaited_;
}

future_core* arrival_line::state::next(deadline until) {
    if (done_left_ > 0) return next_done();
    if (!ready_.empty()) return ready_.pop();
    if (job* const j = box_->in.receive(deadline::past())) return take(*j);
    if (this_worker() != nullptr) return next_for_worker(until);
    while (assist_one()) {
    }
    job* const j = box_->in.receive(until);
    return j != nullptr ? take(*j) : nullptr;
}

future_core* arrival_line::state::next_done() noexcept {
    --done_left_;
    while (all_[looked_at_] == nullptr) ++looked_at_;
    return all_.take(looked_at_++);
}

// Runs what it can, one task after the other, for as long as nothing has arrived; then looks again
// from time to time.
future_core* arrival_line::state::next_for_worker(deadline until) {
    for (looking_again pause(awaited_);;) {
        const bool helped = assist_one();
        const deadline soon = helped ? deadline::past() : pause.end();
        if (job* const j = box_->in.receive(std::min(until, soon))) return take(*j);
        if (until.passed()) return nullptr;
        if (helped) continue;
        unassisted_ = first_;
        pause.grow();
    }
}

future_core* arrival_line::state::take(job& j) noexcept {
    notice& n = static_cast<notice&>(j);
    unlink(n);
    return n.core;
}

// It may go on without any one of the tasks, which it would have to bring to its end.
bool arrival_line::state::assist_one() {
    if (!may_help()) return false;
    for (; unassisted_ != nullptr; unassisted_ = unassisted_->after)
        if (!unassisted_->core->done() && unassisted_->core->assist()) return true;
    return false;
}

void arrival_line::state::cancel_rest() noexcept {
    for (notice* n = first_; n != nullptr; n = n->after) n->core->cancel();
}

arrival_line::arrival_line() : state_(std::make_unique<state>()) {}
arrival_line::arrival_line(core_list all) : state_(std::make_unique<state>(std::move(all))) {}
arrival_line::arrival_line(arrival_line&&) noexcept = default;
arrival_line::~arrival_line() = default;

void arrival_line::add(future_core& core) { state_->add(core); }
future_core* arrival_line::next(deadline until) { return state_->next(until); }
std::size_t arrival_line::left() const noexcept { return state_->left(); }
void arrival_line::cancel_rest() noexcept { state_->cancel_rest(); }

}  // namespace concur
