#include "concur/queue/queue_gate.hpp"

#include "concur/core/error.hpp"
#include "concur/platform/cpu.hpp"

#include <cassert>

namespace concur {
namespace {

// Looks less and less often: each look takes the cache line from who works beside it.
template <class F>
bool look(F is_so) noexcept {
    int pause = 1;
    for (int left = platform::spin_limit(); left > 0; left -= pause) {
        for (int i = 0; i < pause; ++i) platform::relax();
        if (pause < 16) pause *= 2;
        if (is_so()) return true;
    }
    return false;
}

}  // namespace

//   All of the gate.
class queue_gate::both {
public:
    explicit both(queue_gate& g) noexcept : gate_(g) { acquire(g); }
    ~both() { release(gate_); }
    both(const both&) = delete;
    both& operator=(const both&) = delete;

    static void acquire(queue_gate& g) noexcept {
        g.get_.lock.acquire();
        if (g.kind_ == kind::two_ends) g.put_.lock.acquire();
    }
    // Whoever waits for the queue to be free may destroy it as soon as the last lock is.
    static void release(queue_gate& g) noexcept {
        g.put_.watched = g.closed() || !g.get_.line.empty();
        g.get_.watched = !g.put_.line.empty();
        if (g.kind_ == kind::two_ends) g.put_.lock.release();
        g.get_.lock.release();
    }

private:
    queue_gate& gate_;
};

queue_gate::queue_gate(std::int64_t maxsize, kind k) noexcept : kind_(k), maxsize_(maxsize) {}

// Who is still in a call lets go of a lock last.
queue_gate::~queue_gate() {
    get_.lock.acquire_last();
    put_.lock.acquire_last();
    [[maybe_unused]] const bool nobody_waits =
        put_.line.take(turn::refused) == nullptr && get_.line.take(turn::refused) == nullptr;
    assert(nobody_waits && "a queue was destroyed that somebody waits for; shut it down, and join who waits");
}

std::int64_t queue_gate::size() const noexcept {
    const std::uint64_t got = get_.count.load(std::memory_order_acquire);
    return static_cast<std::int64_t>(put_.count.load(std::memory_order_acquire) - got);
}

bool queue_gate::look_for_room() const noexcept {
    return look([this] { return closed() || size() < limit_of(maxsize()); });
}

bool queue_gate::look_for_items() const noexcept {
    return look([this] { return closed() || size() > 0; });
}

// For so many that have come.
void queue_gate::call_getters(std::int64_t n, taken_waiters& told) noexcept {
    for (; n > 0 && !get_.line.empty(); --n) {
        const bool is_given = get_.line.is_overdue();
        waiter* const w = get_.line.take(is_given ? turn::given : turn::called);
        if (w == nullptr) return;
        if (is_given) ++get_.given;
        told.push(*w);
    }
}

void queue_gate::give_places(taken_waiters& told) noexcept {
    while (!closed() && room() > 0) {
        waiter* const w = put_.line.take(turn::given);
        if (w == nullptr) return;
        ++put_.given;
        told.push(*w);
    }
}

void queue_gate::set_maxsize(std::int64_t n) noexcept {
    taken_waiters told;
    {
        const both all(*this);
        maxsize_.store(n, std::memory_order_relaxed);
        give_places(told);
    }
    told.run_all();
}

struct queue_gate::putters final : waiting_law {
    const char* kind() const noexcept override { return "queue"; }
    static queue_gate& gate_of(const waiter& w) noexcept { return *static_cast<queue_gate*>(w.at); }

    static turn take(queue_gate& g) noexcept {
        if (g.closed()) return turn::refused;
        if (g.room() <= 0) return turn::waiting;
        ++g.put_.given;
        return turn::given;
    }
    bool try_now(waiter& w) const noexcept override {
        const both all(gate_of(w));
        return take(gate_of(w)) == turn::given;
    }
    bool join(waiter& w) const noexcept override {
        queue_gate& g = gate_of(w);
        const both all(g);
        const turn now = take(g);
        if (now == turn::waiting) return g.put_.line.join(w);
        w.how = now;
        return false;
    }
    bool end(waiter& w, turn how) const noexcept override {
        const both all(gate_of(w));
        return gate_of(w).put_.line.end(w, how);
    }
    bool leave(waiter& w) const noexcept override {
        const both all(gate_of(w));
        return gate_of(w).put_.line.leave(w);
    }
    void pass_on(waiter& w) const noexcept override { const putting unused(gate_of(w), true); }
};

struct queue_gate::getters final : waiting_law {
    const char* kind() const noexcept override { return "queue"; }
    static queue_gate& gate_of(const waiter& w) noexcept { return *static_cast<queue_gate*>(w.at); }

    static turn take(queue_gate& g) noexcept {
        if (g.items() <= 0) return g.closed() ? turn::refused : turn::waiting;
        ++g.get_.given;
        return turn::given;
    }
    bool try_now(waiter& w) const noexcept override {
        const both all(gate_of(w));
        return take(gate_of(w)) == turn::given;
    }
    bool join(waiter& w) const noexcept override {
        queue_gate& g = gate_of(w);
        const both all(g);
        const turn now = take(g);
        if (now == turn::waiting) return g.get_.line.join(w);
        w.how = now;
        return false;
    }
    bool end(waiter& w, turn how) const noexcept override {
        const both all(gate_of(w));
        return gate_of(w).get_.line.end(w, how);
    }
    bool leave(waiter& w) const noexcept override {
        const both all(gate_of(w));
        return gate_of(w).get_.line.leave(w);
    }
    // Who was called to an item may have been the only one who knows of it.
    void pass_on(waiter& w) const noexcept override {
        if (w.how == turn::given) {
            const getting unused(gate_of(w), true);
            return;
        }
        taken_waiters told;
        {
            const both all(gate_of(w));
            if (gate_of(w).items() > 0) gate_of(w).call_getters(1, told);
        }
        told.run_all();
    }
};

const waiting_law& queue_gate::to_put() noexcept {
    static constexpr putters law;
    return law;
}

const waiting_law& queue_gate::to_get() noexcept {
    static constexpr getters law;
    return law;
}

void queue_gate::putting::open_both() noexcept {
    if (gate_.kind_ == kind::two_ends) gate_.put_.lock.release();
    both::acquire(gate_);
    if (gate_.closed()) {
        has_place_ = false;
        how_ = turn::refused;
    } else if (has_place_ || gate_.room() > 0) {
        has_both_ = true;
        how_ = turn::given;
        return;
    }
    both::release(gate_);
}

// A place that was given and is not used is there for the next.
void queue_gate::putting::close_both() noexcept {
    if (!has_both_) {
        gate_.put_.lock.release();
        both::acquire(gate_);
        if (gate_.closed()) has_place_ = false;
    }
    taken_waiters told;
    count();
    gate_.call_getters(static_cast<std::int64_t>(passed_), told);
    gate_.give_places(told);
    both::release(gate_);
    told.run_all();
}

void queue_gate::putting::wait(deadline until, const std::stop_token& stop) noexcept {
    if (how_ != turn::waiting) return;
    if (gate_.look_for_room()) open();
    if (how_ != turn::waiting) return;
    how_ = wait_in_line(&gate_, to_put(), until, stop);
    has_place_ = how_ == turn::given;
    if (has_place_) open();
}

void queue_gate::getting::open_both() noexcept {
    if (gate_.kind_ == kind::two_ends) gate_.get_.lock.release();
    both::acquire(gate_);
    if (has_item_ && gate_.size() == 0) has_item_ = false;  // it was dropped
    if (has_item_ || gate_.items() > 0) {
        has_both_ = true;
        how_ = turn::given;
        return;
    }
    how_ = gate_.closed() ? turn::refused : turn::waiting;
    both::release(gate_);
}

// An item that was given and is not taken is there for the next.
void queue_gate::getting::close_both() noexcept {
    const bool is_left = has_item_ && passed_ == 0;
    taken_waiters told;
    count();
    if (is_left) gate_.call_getters(1, told);
    gate_.give_places(told);
    both::release(gate_);
    told.run_all();
}

void queue_gate::getting::wait(deadline until, const std::stop_token& stop) noexcept {
    if (how_ != turn::waiting) return;
    if (gate_.look_for_items()) open();
    if (how_ != turn::waiting) return;
    how_ = wait_in_line(&gate_, to_get(), until, stop);
    has_item_ = how_ == turn::given;
    if (has_item_) open();
}

queue_gate::closing::closing(queue_gate& g, bool emptied) noexcept : gate_(g) {
    both::acquire(g);
    g.closed_.store(true, std::memory_order_release);
    g.put_.given = 0;
    if (!emptied) return;
    const std::int64_t dropped = g.size();
    g.get_.count.store(g.put_.count.load(std::memory_order_relaxed), std::memory_order_release);
    g.get_.given = 0;
    g.tasks.drop(static_cast<std::uint64_t>(dropped), told_);
}

// Who is called where there are fewer items than that finds that the queue is closed.
queue_gate::closing::~closing() {
    while (waiter* const w = gate_.put_.line.take(turn::refused)) told_.push(*w);
    const turn how = gate_.items() > 0 ? turn::called : turn::refused;
    while (waiter* const w = gate_.get_.line.take(how)) told_.push(*w);
    both::release(gate_);
    told_.run_all();
}

void throw_not_put(turn why) {
    if (why == turn::refused) throw queue_shut_down("put: the queue was shut down, and takes no items any more");
    throw queue_full("put: the queue was full all the time; give it more time, or a larger maxsize");
}

void throw_not_got(turn why) {
    if (why == turn::refused) throw queue_shut_down("get: the queue was shut down, and is empty");
    throw queue_empty("get: the queue was empty all the time; give it more time, or put something in");
}

}  // namespace concur
