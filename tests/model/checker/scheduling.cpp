#include "engine.hpp"

#include <bit>

// Who goes next.
namespace concur::model {

void engine::go_to(std::size_t next) {
    if (next == current_) return;
    fiber& from = current().own;
    current_ = next;
    show_block();
    had_its_turn(next);
    from.leave_for(threads_[next].own);
}

// At a yield: those who could have gone on since the one before, and had no turn, go first now.
void engine::be_fair() {
    thread& t = current();
    std::uint32_t waiting = ready_ & t.ready_then;
    for (std::size_t i = 0; i < started_; ++i)
        if (threads_[i].ran > t.yielded) waiting &= ~bit(i);
    t.goes_after |= waiting & ~bit(current_);
    if (t.goes_after != 0) ordered_ |= bit(current_);
    t.ready_then = ready_;
    t.yielded = steps_;
}

void engine::had_its_turn(std::size_t id) {
    threads_[id].ran = steps_ + 1;
    for (std::uint32_t left = ordered_; left != 0; left &= left - 1) {
        thread& t = threads_[static_cast<std::size_t>(std::countr_zero(left))];
        t.goes_after &= ~bit(id);
        if (t.goes_after == 0) ordered_ &= ~(left & (~left + 1));
    }
}

std::uint32_t engine::may_go() const {
    std::uint32_t all = ready_;
    for (std::uint32_t left = ordered_; left != 0; left &= left - 1) {
        const thread& t = threads_[static_cast<std::size_t>(std::countr_zero(left))];
        if ((t.goes_after & ready_) != 0) all &= ~(left & (~left + 1));
    }
    return all;
}

thread_options engine::options(bool stay) {
    thread_options o;
    o.time = timed_ != 0;
    o.stays = stay;
    if (stay) o.thread[o.threads++] = static_cast<std::uint8_t>(current_);
    std::uint32_t others = may_go() & ~yielded_ & ~bit(current_);
    if (others == 0 && !stay) others = ready_ & ~bit(current_);
    if (others == 0 && !stay) others = ready_;
    for (; others != 0; others &= others - 1)
        o.thread[o.threads++] = static_cast<std::uint8_t>(std::countr_zero(others));
    return o;
}

std::size_t engine::next_thread(bool stay) {
    while (true) {
        const thread_options o = options(stay);
        if (o.threads == 0 && !o.time) return none;
        const bool one = o.threads + (o.time ? 1 : 0) == 1;
        const int chosen = one ? 0 : search.which_thread(o);
        if (chosen < o.threads) return o.thread[static_cast<std::size_t>(chosen)];
        advance_time();
    }
}

void engine::step(place from) {
    current().at = from;
    if (++steps_ > step_limit) fail("livelock: the schedule does not end\n" + stuck());
    yielded_ = 0;
    if (ready_ == bit(current_) && timed_ == 0) return;
    go_to(next_thread(true));
}

void engine::yield(place from) {
    current().at = from;
    if (++steps_ > step_limit) fail("livelock: the schedule does not end\n" + stuck());
    add_event(deed::yield, from);
    search.yielded(current_);
    be_fair();
    yielded_ |= bit(current_);
    go_to(next_thread(false));
}

// The current thread cannot go on; returns when it can.
void engine::pause() {
    if (is_over()) current().own.leave_for(outside_);
    const std::size_t next = next_thread(false);
    if (next == none) fail("deadlock: no thread can go on\n" + stuck());
    go_to(next);
}

void engine::join(std::size_t other, place from) {
    step(from);
    thread& t = current();
    if (threads_[other].now != state::ended) {
        t.now = state::joining;
        t.joins = other;
        ready_ &= ~bit(current_);
        pause();
    }
    t.known.clock.join(threads_[other].known.clock);
    t.known.view.join(threads_[other].known.view);
    add_event(deed::join, from, nullptr, other);
    tick_on();
}

bool engine::sleep_at(const void* at, std::int64_t ns, const void* also) {
    thread& t = current();
    t.now = state::sleeping;
    t.sleeps_at = at;
    t.sleeps_also_at = also;
    t.turn = ++turns_;
    t.timed = ns >= 0;
    t.timed_out = false;
    t.deadline = now + (ns < 0 ? 0 : ns);
    ready_ &= ~bit(current_);
    if (t.timed) timed_ |= bit(current_);
    pause();
    return !t.timed_out;
}

void engine::wake_one(const void* at) {
    std::array<std::size_t, max_threads> sleepers{};  // the one who came first is first
    std::size_t count = 0;
    for (std::size_t i = 0; i < started_; ++i) {
        if (threads_[i].now != state::sleeping) continue;
        if (threads_[i].sleeps_at != at && threads_[i].sleeps_also_at != at) continue;
        std::size_t slot = count++;
        for (; slot > 0 && threads_[sleepers[slot - 1]].turn > threads_[i].turn; --slot)
            sleepers[slot] = sleepers[slot - 1];
        sleepers[slot] = i;
    }
    if (count == 0) return;
    const int chosen = count == 1 ? 0 : search.any_of(static_cast<int>(count));
    const std::size_t woken = sleepers[static_cast<std::size_t>(chosen)];
    threads_[woken].now = state::ready;
    ready_ |= bit(woken);
    timed_ &= ~bit(woken);
}

void engine::open(gate& g) {
    add_event(deed::futex_wake, current().at, &g);
    g.open_ = true;
    g.left_.at = current().known.clock.at;
    tick_on();
    for (std::size_t i = 0; i < started_; ++i) {
        if (threads_[i].now != state::sleeping || threads_[i].sleeps_at != &g) continue;
        threads_[i].now = state::ready;
        ready_ |= bit(i);
    }
}

void engine::pass(gate& g) {
    if (!g.open_) sleep_at(&g, -1);
    current().known.clock.join(g.left_);
    current().known.view.join(g.left_);
    tick_on();
}

// To the next deadline: everyone whose time is over may go on.
void engine::advance_time() {
    std::int64_t nearest = -1;
    for (std::size_t i = 0; i < started_; ++i)
        if ((timed_ & bit(i)) != 0 && (nearest < 0 || threads_[i].deadline < nearest)) nearest = threads_[i].deadline;
    pass_time(std::max(nearest - now, std::int64_t{0}));
}

void engine::pass_time(std::int64_t ns) {
    now += ns;
    for (std::size_t i = 0; i < started_; ++i) {
        if ((timed_ & bit(i)) == 0 || threads_[i].deadline > now) continue;
        threads_[i].timed_out = true;
        threads_[i].now = state::ready;
        ready_ |= bit(i);
        timed_ &= ~bit(i);
    }
    add_event(deed::time, 0, nullptr, 0, static_cast<std::uint64_t>(now));
}

}  // namespace concur::model
