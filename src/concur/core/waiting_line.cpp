#include "concur/core/waiting_line.hpp"

#include "concur/core/aside.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/process.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace concur {
namespace {

constexpr std::int64_t longest_unfair_ns = 1'000'000;

}  // namespace

bool waiting_line::is_overdue() const noexcept {
    return !empty() && platform::steady_ns() - first()->since >= longest_unfair_ns;
}

bool waiting_line::join(waiter& w) noexcept {
    w.how = w.late;
    if (w.how != turn::waiting) return false;
    w.generation = platform::fork_generation();
    w.stands = true;
    if (w.since != 0) {
        line_.push_front(w);
        return true;
    }
    w.since = platform::steady_ns();
    line_.push(w);
    return true;
}

waiter* waiting_line::take(turn how) noexcept {
    while (waiter* const w = first()) {
        line_.remove(*w);
        w->stands = false;
        if (w->generation != platform::fork_generation()) continue;
        w->how = how;
        return w;
    }
    return nullptr;
}

bool waiting_line::end(waiter& w, turn how) noexcept {
    if (leave(w)) {
        w.how = how;
        return true;
    }
    w.is_late(how);
    return false;
}

bool waiting_line::leave(waiter& w) noexcept {
    if (!w.stands || w.generation != platform::fork_generation()) return false;
    line_.remove(w);
    w.stands = false;
    return true;
}

waiter* taken_waiters::pop() noexcept {
    waiter* const w = first_;
    if (w == nullptr) return nullptr;
    first_ = w->next_line;
    if (first_ == nullptr) last_ = &first_;
    return w;
}

// Threads that are woken, and coroutines that go to their homes, do not wait for what runs here and now.
void taken_waiters::run_all() noexcept {
    taken_waiters later;
    while (waiter* const w = pop()) {
        if (w->is_users_code) later.push(*w);
        else w->run(*w);
    }
    while (waiter* const w = later.pop()) w->run(*w);
}

void taken_waiters::run_all_aside() noexcept {
    while (waiter* const w = pop()) {
        if (w->is_users_code) run_aside(*w);
        else w->run(*w);
    }
}

void stop_waiting::operator()() const noexcept {
    waiter& w = who;  // this may be gone when the waiter runs
    if (w.law->end(w, turn::stopped)) w.run(w);
}

namespace {

struct thread_waiter : waiter {
    thread_waiter(void* address, const waiting_law& l, std::uint64_t what) noexcept : waiter(address, l, &wake, what) {}
    static void wake(job& j) noexcept { static_cast<thread_waiter&>(j).spot.unpark(); }

    parker& spot = parker::mine();
};

// A pool's worker: what it waits for may be done by a task that waits for a worker. Locks are held for less, mostly.
bool park_and_lend(worker& me, parker& spot, deadline until) noexcept {
    const deadline soon{timeout(std::chrono::milliseconds{1})};
    if (spot.park(std::min(soon, until))) return true;
    if (until.passed()) return false;
    me.lends();
    const bool woken = spot.park(until);
    me.lends_no_more();
    return woken;
}

bool park(parker& spot, deadline until) noexcept {
    worker* const me = this_worker();
    return me != nullptr && me->may_lend() ? park_and_lend(*me, spot, until) : spot.park(until);
}

void sleep(thread_waiter& w, deadline until) noexcept {
    if (park(w.spot, until)) return;
    if (w.law->end(w, turn::too_late)) return;
    w.spot.park();  // whoever took it out of the line is about to wake it
}

// Seen by lock_watch, if that is on when it begins.
class watched_wait {
public:
    explicit watched_wait(const waiter& w) noexcept : who_(lock_watch::is_on() ? &w : nullptr) {
        if (who_ != nullptr) lock_watch::waits(who_, w.at, w.law->kind(), holder::this_thread());
    }
    ~watched_wait() {
        if (who_ != nullptr) lock_watch::waits_no_more(who_);
    }
    watched_wait(const watched_wait&) = delete;
    watched_wait& operator=(const watched_wait&) = delete;

private:
    const waiter* const who_;
};

}  // namespace

turn wait_in_line(void* at, const waiting_law& law, deadline until, const std::stop_token& stop,
                  std::uint64_t ticket) noexcept {
    run_deferred();
    thread_waiter me(at, law, ticket);
    const watched_wait seen(me);
    std::optional<std::stop_callback<stop_waiting>> when_stopped;
    if (stop.stop_possible()) when_stopped.emplace(stop, stop_waiting{me});
    do {
        me.spot.prepare();
        if (!law.join(me)) break;
        sleep(me, until);
    } while (me.how == turn::called);
    return me.how;
}

}  // namespace concur
