#include "concur/threading/semaphore.hpp"

#include <stdexcept>

namespace concur::threading {

const law_at_address semaphore::law{
    "semaphore",
    false,
    [](waiter& w) noexcept { return static_cast<semaphore*>(w.at)->try_acquire(); },
    [](waiter& w) noexcept { return static_cast<semaphore*>(w.at)->take() ? turn::given : turn::waiting; },
    [](waiter& w) noexcept { static_cast<semaphore*>(w.at)->pass_on(w.how); },
};

void semaphore::note_end() const noexcept { lock_watch::ends(this, law.kind(), !line_at(this).empty()); }

semaphore::semaphore(std::int64_t permits, std::int64_t most)
    : word_(static_cast<std::uint32_t>(permits) * one), most_(static_cast<std::uint32_t>(most)) {
    if (permits < 0) throw std::invalid_argument("semaphore: it cannot begin with fewer than 0 permits");
    if (permits > max()) throw std::invalid_argument("semaphore: it holds 2147483647 permits at most");
}

bool semaphore::try_acquire() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    while (seen >= one)
        if (word_.compare_exchange_weak(seen, seen - one, std::memory_order_acquire, std::memory_order_relaxed))
            return true;
    return false;
}

void semaphore::require_room(std::uint32_t seen, std::int64_t n) const {
    if (n > static_cast<std::int64_t>(most_) - static_cast<std::int64_t>(seen / one))
        throw std::logic_error("release: more permits than there may be; release each one once");
}

void semaphore::release(std::int64_t n) {
    if (n < 1) throw std::invalid_argument("release: give back one permit or more");
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    do {
        if ((seen & wanted) != 0) return release_to_line(n);
        require_room(seen, n);
    } while (!word_.compare_exchange_weak(seen, seen + static_cast<std::uint32_t>(n) * one, std::memory_order_release,
                                          std::memory_order_relaxed));
}

// Once the permits are there, another thread may take them all and destroy this semaphore.
void semaphore::release_to_line(std::int64_t n) {
    taken_waiters next;
    {
        line_at line(this);
        std::uint32_t seen = word_.load(std::memory_order_relaxed);
        require_room(seen, n);
        std::uint32_t made = static_cast<std::uint32_t>(n) * one;
        for (; n > 0 && !line.empty(); --n) {
            const bool is_given = line.is_overdue();
            if (is_given) made -= one;
            next.push(*line.take(is_given ? turn::given : turn::called));
        }
        const std::uint32_t mark = line.empty() ? 0 : wanted;
        while (!word_.compare_exchange_weak(seen, ((seen & ~wanted) + made) | mark, std::memory_order_release,
                                            std::memory_order_relaxed))
            continue;
    }
    next.run_all();
}

// Under the line's lock.
bool semaphore::take() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
        const bool is_there = seen >= one;
        if (seen == wanted) return false;
        const std::uint32_t next = is_there ? seen - one : wanted;
        if (word_.compare_exchange_weak(seen, next, std::memory_order_acquire, std::memory_order_relaxed))
            return is_there;
    }
}

// Who was called to a permit may have been the only one who knows of it.
void semaphore::pass_on(turn how) noexcept {
    if (how == turn::given) return release();
    waiter* next = nullptr;
    {
        line_at line(this);
        if (word_.load(std::memory_order_relaxed) < one) return;  // who has it calls the next
        next = line.take(turn::called);
        if (line.empty()) word_.fetch_and(~wanted, std::memory_order_relaxed);
    }
    if (next != nullptr) next->run(*next);
}

}  // namespace concur::threading
