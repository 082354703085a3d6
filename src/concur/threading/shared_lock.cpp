#include "concur/threading/shared_lock.hpp"

#include <system_error>

namespace concur::threading {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

[[noreturn]] void refuse(std::errc why, const char* message) {
    throw std::system_error(std::make_error_code(why), message);
}

}  // namespace

class shared_lock::shared_law final : public waiting_law {
public:
    bool try_now(waiter& w) const noexcept override { return w.ticket == alone ? of(w).take_now() : of(w).share_now(); }
    bool join(waiter& w) const noexcept override;
    bool end(waiter& w, turn how) const noexcept override {
        return with_those_behind(w, [&](line_at& line) { return line.end(w, how); });
    }
    bool leave(waiter& w) const noexcept override {
        return with_those_behind(w, [&](line_at& line) { return line.leave(w); });
    }
    void pass_on(waiter& w) const noexcept override { of(w).pass_on(w); }
    const char* kind() const noexcept override { return "shared_lock"; }
    bool is_lock() const noexcept override { return true; }

private:
    // Readers who stood behind a writer that waits no longer may come in to those who are there.
    template <class F>
    static bool with_those_behind(waiter& w, F leaves) noexcept {
        taken_waiters told;
        {
            line_at line(w.at);
            if (!leaves(line)) return false;
            of(w).let_readers_in(line, 0, 0, told);
        }
        told.run_all_aside();
        return true;
    }
    static shared_lock& of(const waiter& w) noexcept { return *static_cast<shared_lock*>(w.at); }
};

// One that must not wait has left word that it does: readers are not to stand behind it.
bool shared_lock::shared_law::join(waiter& w) const noexcept {
    taken_waiters told;
    {
        line_at line(w.at);
        if (of(w).take(w.ticket)) {
            w.how = turn::given;
            return false;
        }
        if (line.join(w)) return true;
        of(w).let_readers_in(line, 0, 0, told);
    }
    told.run_all_aside();
    return false;
}

const waiting_law& shared_lock::law() noexcept {
    static constexpr shared_law one_law;
    return one_law;
}

const law_at_address shared_lock::upgrade_law{
    "upgrade of a shared_lock",
    false,
    [](waiter&) noexcept { return false; },
    [](waiter& w) noexcept { return of_upgrade(w).take_upgrade() ? turn::given : turn::waiting; },
    [](waiter&) noexcept {},
};

// Also while it is wanted and nobody has it: then one was called, and has not come yet.
bool shared_lock::take_now() noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while ((seen & ~wanted) == 0)
        if (word_.compare_exchange_weak(seen, seen | writer, std::memory_order_acquire, relaxed)) return true;
    return false;
}

bool shared_lock::share_now() noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while ((seen & (writer | wanted | upgrading)) == 0)
        if (word_.compare_exchange_weak(seen, seen + one, std::memory_order_acquire, relaxed)) return true;
    return false;
}

// Under the line's lock.
bool shared_lock::take(std::uint64_t what) noexcept {
    std::uint32_t seen = word_.load(relaxed);
    for (;;) {
        const bool is_there = what == alone ? (seen & ~wanted) == 0 : (seen & (writer | wanted | upgrading)) == 0;
        if (!is_there && (seen & wanted) != 0) return false;
        const std::uint32_t next = is_there ? seen + (what == alone ? writer : one) : seen | wanted;
        if (word_.compare_exchange_weak(seen, next, std::memory_order_acquire, relaxed)) return is_there;
    }
}

bool shared_lock::acquire_watched(std::uint64_t what, timeout t, const std::stop_token& stop,
                                  const location& where) noexcept {
    lock_watch::wants(this, holder::this_thread(), where);
    const bool is_there = what == alone ? take_now() : share_now();
    return (is_there || (!t.is_poll() && waits(what, deadline(t), stop))) && note_held(where);
}

bool shared_lock::note_held(const location& where) noexcept {
    lock_watch::has(this, holder::this_thread(), where);
    return true;
}

void shared_lock::note_end() noexcept { lock_watch::ends(this, law().kind(), !line_at(this).empty()); }

void shared_lock::release() {
    if (lock_watch::is_on() && (word_.load(relaxed) & writer) != 0) lock_watch::lets_go(this);
    std::uint32_t seen = writer;
    if (word_.compare_exchange_strong(seen, 0, std::memory_order_release, relaxed)) return;
    if ((seen & writer) == 0)
        refuse(std::errc::operation_not_permitted, "release: nobody has this lock alone; readers release_shared()");
    release_to_line(writer);
}

void shared_lock::release_shared() {
    if (lock_watch::is_on() && word_.load(relaxed) >= one) lock_watch::lets_go(this);
    std::uint32_t seen = word_.load(relaxed);
    for (;;) {
        if (seen < one)
            refuse(std::errc::operation_not_permitted,
                   "release_shared: no reader has this lock; release it once for each time it was acquired");
        if (seen == (one | wanted)) return release_to_line(one);
        if (word_.compare_exchange_weak(seen, seen - one, std::memory_order_release, relaxed)) break;
    }
    if ((seen & upgrading) != 0 && seen < 3 * one) call_upgrader();
}

// The last who has it, while it is wanted: no reader comes in, and no writer.
void shared_lock::release_to_line(std::uint32_t mine) noexcept {
    taken_waiters told;
    bool is_awaited = false;
    {
        line_at line(this);
        is_awaited = let_in(line, mine, told);
    }
    told.run_all();
    if (is_awaited) call_upgrader();
}

// With the line locked, as the two that follow: the readers at its front, or one writer.
shared_lock::group shared_lock::front(const line_at& line) noexcept {
    group g = readers_at_front(line);
    const waiter* const first = line.first();
    if (first == nullptr || g.count > 0) return g;
    g.count = 1;
    g.how = line.is_overdue() ? turn::given : turn::called;
    g.adds = g.how == turn::given ? writer : 0;
    g.is_all = first->next == nullptr;
    return g;
}

shared_lock::group shared_lock::readers_at_front(const line_at& line) noexcept {
    group g;
    const job* at = line.first();
    for (; at != nullptr && static_cast<const waiter*>(at)->ticket == together; at = at->next) ++g.count;
    g.adds = g.count * one;
    g.is_all = at == nullptr;
    return g;
}

// The caller lets go of `mine`. True: the one that is left upgrades, and waits for that. Others who have it, readers who came when a writer left the line, will do this in their
// turn.
// Once the word says that it is free, another thread may take this lock and destroy it.
bool shared_lock::let_in(line_at& line, std::uint32_t mine, taken_waiters& told) noexcept {
    group g = front(line);
    std::uint32_t seen = word_.load(relaxed), next = 0;
    bool is_last = false;
    do {
        is_last = (seen & ~wanted) == mine;
        next = is_last ? g.adds | (g.is_all ? 0 : wanted) : seen - mine;
    } while (!word_.compare_exchange_weak(seen, next, std::memory_order_release, relaxed));
    if (!is_last) return (next & upgrading) != 0 && next < 2 * one;
    for (; g.count > 0; --g.count) told.push(*line.take(g.how));
    return false;
}

// The caller goes from `was` to `is`, with which other readers can have it. They cannot while one upgrades, and need
// not where nobody has it: somebody was called then.
void shared_lock::let_readers_in(line_at& line, std::uint32_t was, std::uint32_t is, taken_waiters& told) noexcept {
    group g = readers_at_front(line);
    std::uint32_t seen = word_.load(relaxed), next = 0;
    do {
        const std::uint32_t now = seen - was + is;
        if (now < one || (now & (writer | upgrading)) != 0) return;
        next = ((now & ~wanted) + g.adds) | (g.is_all ? 0 : wanted);
    } while (!word_.compare_exchange_weak(seen, next, std::memory_order_release, relaxed));
    for (; g.count > 0; --g.count) told.push(*line.take(g.how));
}

void shared_lock::become_reader(std::uint32_t was, std::uint32_t is) noexcept {
    taken_waiters told;
    {
        line_at line(this);
        let_readers_in(line, was, is, told);
    }
    told.run_all();
}

// One that was called to a lock that is free may have been the only one who knows.
void shared_lock::pass_on(const waiter& w) noexcept {
    if (w.how == turn::called) return release_to_line(0);
    if (w.ticket == alone) release();
    else release_shared();
}

void shared_lock::downgrade() {
    std::uint32_t seen = writer;
    if (word_.compare_exchange_strong(seen, one, std::memory_order_release, relaxed)) return;
    if ((seen & writer) == 0)
        refuse(std::errc::operation_not_permitted, "downgrade: nobody has this lock alone; acquire() it first");
    become_reader(writer, one);
}

bool shared_lock::try_upgrade() noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while ((seen & ~wanted) == one)
        if (word_.compare_exchange_weak(seen, (seen & wanted) | writer, std::memory_order_acquire, relaxed))
            return true;
    return false;
}

bool shared_lock::upgrade(timeout t, const std::stop_token& stop) {
    std::uint32_t seen = word_.load(relaxed);
    do {
        if (seen < one)
            refuse(std::errc::operation_not_permitted, "upgrade: no reader has this lock; acquire_shared() it first");
        if ((seen & upgrading) != 0)
            refuse(std::errc::resource_deadlock_would_occur,
                   "upgrade: another reader upgrades already; release_shared() yours, then acquire() it");
    } while (!word_.compare_exchange_weak(seen, seen | upgrading, std::memory_order_relaxed, relaxed));
    if (wait_in_line(upgrade_address(), upgrade_law, deadline(t), stop) == turn::given) return true;
    become_reader(upgrading, 0);
    return false;
}

// With the line of upgrades locked. Nobody comes in meanwhile, so readers only become fewer.
bool shared_lock::take_upgrade() noexcept {
    std::uint32_t seen = word_.load(relaxed);
    while (seen < 2 * one)
        if (word_.compare_exchange_weak(seen, (seen & wanted) | writer, std::memory_order_acquire, relaxed))
            return true;
    return false;
}

// The lock may be gone: the upgrade has seen that it is the only one by itself.
void shared_lock::call_upgrader() noexcept {
    waiter* next = nullptr;
    {
        line_at line(upgrade_address());
        next = line.take(turn::called);
    }
    if (next != nullptr) next->run(*next);
}

}  // namespace concur::threading
