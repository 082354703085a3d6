#include "concur/threading/lock.hpp"

#include "concur/platform/cpu.hpp"

#include <system_error>

namespace concur::threading {

const law_at_address plain_lock::law{
    "lock",
    true,
    [](waiter& w) noexcept { return static_cast<plain_lock*>(w.at)->take_now(); },
    [](waiter& w) noexcept { return static_cast<plain_lock*>(w.at)->take() ? turn::given : turn::waiting; },
    [](waiter& w) noexcept { static_cast<plain_lock*>(w.at)->pass_on(w.how); },
};

// It is free though somebody stands in line: that one was called, and has not come yet.
bool plain_lock::try_wanted() noexcept {
    std::uint32_t seen = wanted;
    return word_.compare_exchange_strong(seen, wanted | held, std::memory_order_acquire, std::memory_order_relaxed);
}

// Looks less and less often: each look takes the cache line from the holder, who works beside it.
bool plain_lock::acquire_spinning() noexcept {
    int pause = 1;
    for (int left = platform::spin_limit(); left > 0; left -= pause) {
        for (int i = 0; i < pause; ++i) platform::relax();
        if (pause < 16) pause *= 2;
        if (!locked() && take_now()) return true;
    }
    return false;
}

bool plain_lock::acquire_watched(timeout t, const std::stop_token& stop, const location& where) noexcept {
    lock_watch::wants(this, holder::this_thread(), where);
    return (take_now() || (!t.is_poll() && acquire_slowly(deadline(t), stop))) && note_held(where);
}

bool plain_lock::note_held(const location& where) noexcept {
    lock_watch::has(this, holder::this_thread(), where);
    return true;
}

void plain_lock::note_end() noexcept { lock_watch::ends(this, law.kind(), !line_at(this).empty()); }

bool plain_lock::acquire_slowly(deadline until, const std::stop_token& stop) noexcept {
    return acquire_spinning() || wait_in_line(this, law, until, stop) == turn::given;
}

// Under the line's lock, like all that follows: nobody else makes it wanted, or not wanted any more.
bool plain_lock::take() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    for (;;) {
        const bool is_held = (seen & held) != 0;
        if (is_held && (seen & wanted) != 0) return false;
        const std::uint32_t next = seen | (is_held ? wanted : held);
        if (word_.compare_exchange_weak(seen, next, std::memory_order_acquire, std::memory_order_relaxed))
            return !is_held;
    }
}

// Once the word says that it is free, another thread may take this lock and destroy it.
void plain_lock::release_slowly(std::uint32_t seen) {
    if ((seen & held) == 0)
        throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                                "release: the lock is free already; release it once for each time it was acquired");
    waiter* next = nullptr;
    {
        line_at line(this);
        const bool is_given = line.is_overdue();
        next = line.take(is_given ? turn::given : turn::called);
        word_.store((is_given ? held : free) | (line.empty() ? free : wanted), std::memory_order_release);
    }
    if (next != nullptr) next->run(*next);
}

// Who was called to a lock that is free again may have been the only one who knows.
void plain_lock::pass_on(turn how) noexcept {
    if (how == turn::given) return release();
    waiter* next = nullptr;
    {
        line_at line(this);
        if (locked()) return;  // then its holder calls the next
        next = line.take(turn::called);
        if (line.empty()) word_.fetch_and(~wanted, std::memory_order_relaxed);
    }
    if (next != nullptr) next->run(*next);
}

}  // namespace concur::threading
