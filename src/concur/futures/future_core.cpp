#include "concur/futures/future_core.hpp"

#include "concur/core/error.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/futures/helping.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"
#include "concur/platform/type_name.hpp"

#include <cstdio>
#include <utility>
#include <vector>

namespace concur {
namespace {

// One ownership of a future.
class owned_core {
public:
    explicit owned_core(future_core* core) noexcept : core_(core) {}
    owned_core(owned_core&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
    owned_core& operator=(owned_core&& other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~owned_core() {
        if (core_ != nullptr) core_->release();
    }
    future_core* operator->() const noexcept { return core_; }
    explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    future_core* core_;
};

// A chain is walked no further: it may be a circle, of futures that wait for each other.
constexpr int longest_walk = 1 << 20;

// A thread asleep in wait(). The job is on its stack and is gone once the parker is awake.
struct sleeper : job {
    sleeper() noexcept : job(&wake), spot(parker::mine()) { spot.prepare(); }
    static void wake(job& self) noexcept { static_cast<sleeper&>(self).spot.unpark(); }

    parker& spot;
};

}  // namespace

future_core::~future_core() = default;

// The word as it was, without the lock's bits.
std::uint32_t future_core::lock() noexcept {
    int left = platform::spin_limit();
    std::uint32_t slept = 0;
    for (std::uint32_t seen = word_.load(std::memory_order_relaxed);;) {
        if ((seen & locked) == 0) {
            if (word_.compare_exchange_weak(seen, seen | locked | slept, std::memory_order_acquire,
                                            std::memory_order_relaxed))
                return seen & ~awaited;
        } else if (left-- > 0) {
            platform::relax();
            seen = word_.load(std::memory_order_relaxed);
        } else {
            sleep_until_free(seen);
            slept = awaited;  // others may sleep still, and unlock() wakes only one
            seen = word_.load(std::memory_order_relaxed);
        }
    }
}

void future_core::sleep_until_free(std::uint32_t seen) noexcept {
    if ((seen & awaited) == 0 &&
        !word_.compare_exchange_strong(seen, seen | awaited, std::memory_order_relaxed, std::memory_order_relaxed))
        return;
    platform::futex_wait(&word_, seen | awaited);
}

void future_core::unlock(std::uint32_t word) noexcept {
    if ((word_.exchange(word, std::memory_order_acq_rel) & awaited) != 0) platform::futex_wake_one(&word_);
}

// Without the lock, where nobody listens or holds it.
bool future_core::move_on(state from, state to) noexcept {
    auto expected = static_cast<std::uint32_t>(from);
    return word_.compare_exchange_strong(expected, static_cast<std::uint32_t>(to), std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
}

bool future_core::start() noexcept {
    if (move_on(state::pending, state::running)) return true;
    const std::uint32_t word = lock();
    const bool mine = state_in(word) == state::pending;
    unlock(mine ? (word & ~state_bits) | static_cast<std::uint32_t>(state::running) : word);
    return mine;
}

bool future_core::claim(state& was) noexcept {
    const std::uint32_t word = lock();
    was = state_in(word);
    const bool mine = was <= state::running;
    unlock(mine ? (word & ~state_bits) | static_cast<std::uint32_t>(state::settling) : word);
    return mine;
}

void future_core::unclaim(state was) noexcept {
    const std::uint32_t word = lock();
    unlock((word & ~state_bits) | static_cast<std::uint32_t>(was));
}

bool future_core::runs() const noexcept {
    const state s = now();
    return s == state::running || s == state::settling || (s == state::pending && runs_elsewhere());
}

bool future_core::cancel() noexcept {
    job_line call;
    const bool is_cancelled = cancel(call);
    run_callbacks(call);
    return is_cancelled;
}

bool future_core::cancel(job_line& call) noexcept {
    const bool recalled = recall();
    const std::uint32_t word = lock();
    if (state_in(word) != state::pending || !recalled) {
        unlock(word);
        return state_in(word) == state::cancelled;
    }
    call = settle(word, state::cancelled);
    abandon();
    leave_line();
    return true;
}

void future_core::finish() noexcept {
    job_line call = finish_without_callbacks();
    run_callbacks(call);
}

job_line future_core::finish_without_callbacks() noexcept {
    if (move_on(state::running, state::finished)) return {};
    return settle(lock(), state::finished);
}

void future_core::finish_cancelled() noexcept {
    job_line call = settle(lock(), state::cancelled);
    abandon();
    leave_line();
    run_callbacks(call);
}

bool future_core::fail_pending(const std::exception_ptr& why) noexcept {
    job_line call;
    const bool is_mine = fail_pending(why, call);
    run_callbacks(call);
    return is_mine;
}

bool future_core::fail_pending(const std::exception_ptr& why, job_line& call) noexcept {
    if (!recall() || !start()) return false;
    abandon();
    leave_line();
    set_error(why);
    call = finish_without_callbacks();
    return true;
}

// Called with the lock held, and lets it go. Wakes those who wait, and gives the callbacks back.
job_line future_core::settle(std::uint32_t word, state end) noexcept {
    job_line wake = std::move(waiters_);
    job_line call = std::move(callbacks_);
    unlock((word & ~(state_bits | listened)) | static_cast<std::uint32_t>(end));
    while (job* const j = wake.pop()) j->run(*j);
    return call;
}

void future_core::run_callbacks(job_line& call) noexcept {
    if (call.empty()) return;
    if (worker* const w = this_worker()) w->going_on();
    run_continuations(call);
}

bool future_core::enlist(job& j, job_line& line) noexcept {
    if (done()) return false;
    const std::uint32_t word = lock();
    const bool taken = state_in(word) < state::cancelled;
    if (taken) line.push(j);
    unlock(taken ? word | listened : word);
    return taken;
}

bool future_core::delist(job& j, job_line& line) noexcept {
    if (done()) return false;
    std::uint32_t word = lock();
    const bool there = state_in(word) < state::cancelled;
    if (there) line.remove(j);
    if (waiters_.empty() && callbacks_.empty()) word &= ~listened;
    unlock(word);
    return there;
}

bool future_core::assist() {
    if (this_worker() != nullptr) return assist_all_below();
    retain();
    owned_core at(this);
    int steps = 0;
    for (owned_core below(at->part()); below && ++steps < longest_walk; below = owned_core(at->part()))
        at = std::move(below);
    return at->assist_here();
}

// From the bottom up, since each is made ready by the one below it.
bool future_core::assist_all_below() {
    std::vector<owned_core> chain;
    for (owned_core below(part()); below && chain.size() < longest_walk; below = owned_core(chain.back()->part()))
        chain.push_back(std::move(below));
    bool helped = false;
    for (; !chain.empty(); chain.pop_back()) {
        if (chain.back()->assist_here()) helped = true;
        if (!chain.back()->done()) return helped;
    }
    return assist_here() || helped;
}

bool future_core::wait(deadline until) {
    if (done()) return true;
    if (until.passed()) return false;
    if (worker* const me = this_worker()) {
        if (until.is_never() && !me->initializing && run_newest(*me) && done()) return true;
        return wait_as_worker(*me, until);
    }
    assist();
    return (until.is_never() && run_as_caller()) || sleep(until);
}

// A part may come into its own pool's line later on, or those who were free may not be any more, and
// no event of this future tells of it; so it looks from time to time, first soon and then less often.
bool future_core::wait_as_worker(worker& me, deadline until) {
    const bool must = (until.is_never() && !is_choice()) || me.initializing;
    for (looking_again pause(0);; pause.grow()) {
        while ((must || !me.others_are_free()) && assist())
            if (done() || until.passed()) return done();
        const deadline soon = pause.end();
        if (!may_need_help() || until < soon) return sleep(until);
        if (sleep(soon)) return true;
    }
}

bool future_core::sleep(deadline until) noexcept {
    run_deferred();
    sleeper me;
    if (!listen_first(me)) return true;
    if (park(me.spot, until)) return true;
    if (unlisten_first(me)) return false;
    me.spot.park();  // being woken this instant: stay until it is over
    return true;
}

// A sole owner has nobody to count with.
void future_core::release() noexcept {
    if (!has_one_owner() && (owners_.fetch_sub(1, std::memory_order_acq_rel) & ~read) != 1) return;
    if (error_ != nullptr && (owners_.load(std::memory_order_relaxed) & read) == 0) {
        if (worker* const w = this_worker()) w->going_on();
        report_unhandled(error_, label());
    }
    delete this;
}

std::string_view state_name(future_core::state s) noexcept {
    switch (s) {
        case future_core::state::pending: return "pending";
        case future_core::state::running:
        case future_core::state::settling: return "running";
        case future_core::state::cancelled: return "cancelled";
        case future_core::state::finished: break;
    }
    return "finished";
}

std::string describe(const future_core* core, const std::type_info& type) {
    if (core == nullptr) return "<future: empty>";
    char address[32];
    std::snprintf(address, sizeof address, "%p", static_cast<const void*>(core));
    const auto now = core->runs() ? future_core::state::running : core->now();
    std::string text = "<future at " + std::string(address) + ": " + std::string(state_name(now));
    if (now == future_core::state::finished)
        text +=
            core->error() ? " raised " + platform::type_name(core->error()) : " returned " + platform::type_name(type);
    return text + ">";
}

void throw_no_state() {
    throw invalid_state_error("this future is empty: it was made without a task, or its value was moved elsewhere");
}

void throw_waits_for_itself() {
    throw invalid_state_error("then(fn): fn returned the very future that waits for it; return another, or a value");
}

}  // namespace concur
