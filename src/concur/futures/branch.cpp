#include "concur/futures/branch.hpp"

#include "concur/core/error.hpp"
#include "concur/core/home.hpp"
#include "concur/core/looking.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/futures/call_place.hpp"
#include "concur/futures/helping.hpp"

#include <new>
#include <stdexcept>
#include <utility>

namespace concur {
namespace {

constexpr int spins = 2;

parker* sleeper_at(std::uintptr_t state) noexcept { return reinterpret_cast<parker*>(state); }

}  // namespace

void throw_cannot_share() {
    throw std::invalid_argument(
        "invoke, for_each: this executor's calls run in other processes, which cannot see the caller's variables; use "
        "submit() or map()");
}

void awaited_end::reach(how end) noexcept {
    const std::uintptr_t was = state_.exchange(static_cast<std::uintptr_t>(end), std::memory_order_acq_rel);
    if (was != under_way) sleeper_at(was)->unpark();
}

bool awaited_end::is_reached() const noexcept {
    const std::uintptr_t now = state_.load(std::memory_order_acquire);
    return now == static_cast<std::uintptr_t>(how::done) || now == static_cast<std::uintptr_t>(how::given_back);
}

void awaited_end::sleep(deadline until) noexcept {
    run_deferred();
    parker& spot = parker::mine();
    spot.prepare();
    const auto here = reinterpret_cast<std::uintptr_t>(&spot);
    std::uintptr_t seen = under_way;
    if (!state_.compare_exchange_strong(seen, here, std::memory_order_acq_rel, std::memory_order_acquire)) return;
    if (spot.park(until)) return;
    seen = here;
    if (!state_.compare_exchange_strong(seen, under_way, std::memory_order_acq_rel, std::memory_order_acquire))
        spot.park();  // being woken this instant: stay until it is over
}

bool branch::fork(worker& me) noexcept {
    try {
        me.keep(*this, true);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

void branch::run_elsewhere(job& j) noexcept {
    auto& self = static_cast<branch&>(j);
    if (const worker* const me = this_worker(); me != nullptr && me->own != nullptr) {
        self.since_ = me->own->mark();
        self.with_.store(me->own, std::memory_order_release);
    }
    self.work_(self);
    self.end_.reach(awaited_end::how::done);
}

void branch::give_back(job& j, std::exception_ptr) noexcept {
    static_cast<branch&>(j).end_.reach(awaited_end::how::given_back);
}

// True: it has done a part of it.
bool branch::help(worker& me) noexcept {
    stealing_deque* const there = with_.load(std::memory_order_acquire);
    job* const part = there != nullptr ? there->steal_branch(since_) : nullptr;
    if (part == nullptr) return false;
    run_nested(me, *part, part->run);
    return true;
}

// No event tells that there is a part to be done: it looks from time to time, first soon and then less often.
void branch::wait_for_end(worker& me, bool is_needed) noexcept {
    looking_again pause(0);
    while (!ended()) {
        bool helped = false;
        for (looking look(spins); !ended() && !helped && look.go_on(); look.rest()) helped = help(me);
        if (helped || help(me)) {
            pause = looking_again(0);
        } else {
            end_.sleep(pause.end());
            pause.grow();
        }
    }
    if (is_needed && end_.is(awaited_end::how::given_back)) work_(*this);
}

void errand::run_at(home& where) {
    where.post(*this);
    end_.sleep(deadline::never());
    if (end_.is(awaited_end::how::done)) return;
    if (refused_ == nullptr) throw cancelled_error();
    std::rethrow_exception(refused_);
}

void errand::run_there(job& j) noexcept {
    auto& self = static_cast<errand&>(j);
    self.work_(self);
    self.end_.reach(awaited_end::how::done);
}

void errand::refuse_it(job& j, std::exception_ptr why) noexcept {
    auto& self = static_cast<errand&>(j);
    self.refused_ = std::move(why);
    self.end_.reach(awaited_end::how::given_back);
}

}  // namespace concur
