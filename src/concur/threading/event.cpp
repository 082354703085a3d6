#include "concur/threading/event.hpp"

namespace concur::threading {

const law_at_address event::law{
    "event",
    false,
    [](waiter& w) noexcept { return static_cast<event*>(w.at)->is_set(); },
    [](waiter& w) noexcept { return static_cast<event*>(w.at)->take() ? turn::given : turn::waiting; },
    [](waiter&) noexcept {},
};

void event::note_end() const noexcept { lock_watch::ends(this, law.kind(), !line_at(this).empty()); }

void event::set() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    do {
        if ((seen & wanted) != 0) return set_and_tell();
    } while (!word_.compare_exchange_weak(seen, flag, std::memory_order_release, std::memory_order_relaxed));
}

// Once the word says that it is set, another thread may see it and destroy this event.
void event::set_and_tell() noexcept {
    taken_waiters told;
    {
        line_at line(this);
        line.take_all(turn::given, told);
        word_.store(flag, std::memory_order_release);
    }
    told.run_all();
}

// Under the line's lock.
bool event::take() noexcept {
    std::uint32_t seen = word_.load(std::memory_order_acquire);
    while ((seen & flag) == 0) {
        if ((seen & wanted) != 0) return false;
        if (word_.compare_exchange_weak(seen, wanted, std::memory_order_acquire, std::memory_order_acquire))
            return false;
    }
    return true;
}

}  // namespace concur::threading
