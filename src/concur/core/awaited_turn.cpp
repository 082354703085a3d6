#include "concur/core/awaited_turn.hpp"

#include "concur/core/aside.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/process.hpp"

#include <utility>

namespace concur {

// All that may end the wait is there before it begins: afterwards there may be nothing to add it to.
bool awaited_turn::suspend(std::coroutine_handle<> h, home* where) {
    generation = platform::fork_generation();
    if (!until_.is_never()) {
        alarm_.set(until_);
        armed_ = true;
    }
    if (stop_.stop_possible()) when_stopped_.emplace(stop_, stop_waiting{*this});
    home_ = where;
    is_users_code = where == nullptr;
    coroutine_ = h;
    if (lock_watch::is_on()) note_begin(h.address());
    if (law->join(*this)) return true;
    coroutine_ = nullptr;
    return false;
}

void awaited_turn::note_begin(const void* frame) noexcept {
    frame_ = frame;
    const holder me = holder::coroutine(frame);
    if (law->is_lock()) lock_watch::wants(at, me, where_);
    lock_watch::waits(this, at, law->kind(), me);
}

void awaited_turn::note_end() noexcept {
    lock_watch::waits_no_more(this);
    if (law->is_lock() && how == turn::given) lock_watch::has(at, holder::coroutine(frame_), where_);
}

// In the child of a fork an alarm of the parent does not ring.
void awaited_turn::disarm() noexcept {
    when_stopped_.reset();
    if (!std::exchange(armed_, false) || alarm_.cancel() || generation != platform::fork_generation()) return;
    while (!rung_.load(std::memory_order_acquire)) platform::yield();
}

// Who disarms waits until the alarm has rung, so `me` is there until it is said, and after that if it was taken out.
void awaited_turn::ring(timer_alarm& a) noexcept {
    awaited_turn& me = static_cast<ending_alarm&>(a).of;
    const bool mine = me.law->end(me, turn::too_late);
    me.rung_.store(true, std::memory_order_release);
    if (mine) come_aside(me);
}

void awaited_turn::come_aside(awaited_turn& me) noexcept {
    me.run = &go_on;
    if (!me.goes_home()) run_aside(me);
}

// False: it has none, or that takes nothing any more; then the coroutine goes on elsewhere, rather than never.
bool awaited_turn::goes_home() noexcept {
    if (home_ == nullptr) return false;
    try {
        home_->post(*this);
        return true;
    } catch (...) {
        return false;
    }
}

void awaited_turn::come(job& j) noexcept {
    auto& me = static_cast<awaited_turn&>(j);
    me.run = &go_on;
    if (me.goes_home()) return;
    if (thread_state::mine().about_to_sleep) return run_aside(me);
    job_line line;
    line.push(me);
    run_continuations(line);
}

void awaited_turn::go_on(job& j) noexcept {
    auto& me = static_cast<awaited_turn&>(j);
    me.run = &come;
    if (me.how == turn::called && me.law->join(me)) return;
    if (me.waits_on()) return;
    try {
        std::exchange(me.coroutine_, nullptr).resume();
    } catch (...) {
        report_unhandled(std::current_exception(), "a coroutine");
    }
}

bool awaited_turn::waits_for(void* address, const waiting_law& l) noexcept {
    at = address;
    law = &l;
    since = 0;
    how = late = turn::waiting;
    if (!l.try_now(*this)) return l.join(*this);
    how = turn::given;
    return false;
}

// After a fork it may stand in a line that the child does not have: then it is `waiting`, and nobody comes.
bool awaited_turn::abandon() noexcept {
    if (!coroutine_) return false;
    disarm();
    if (frame_ != nullptr) lock_watch::waits_no_more(this);
    coroutine_ = nullptr;
    const bool left = law->leave(*this);
    if (left || how == turn::waiting) return true;
    while (home_ != nullptr && !home::take_out_of(home_->id(), *this)) platform::yield();
    if (how == turn::given || how == turn::called) law->pass_on(*this);
    return true;
}

}  // namespace concur
