#include "concur/threading/notice_line.hpp"

#include "concur/core/this_thread.hpp"

#include <utility>

namespace concur::threading {

class notice_line::notice_law final : public waiting_law {
public:
    bool try_now(waiter&) const noexcept override { return false; }
    bool join(waiter& w) const noexcept override;
    bool end(waiter& w, turn how) const noexcept override { return line_at(w.at).end(w, how); }
    bool leave(waiter& w) const noexcept override { return line_at(w.at).leave(w); }
    void pass_on(waiter& w) const noexcept override { static_cast<notice_line*>(w.at)->notify(1); }
    const char* kind() const noexcept override { return "condition"; }
};

// Once the lock is left, another thread may notify the waiter, and it be gone.
bool notice_line::notice_law::join(waiter& w) const noexcept {
    auto& held = *reinterpret_cast<lock_to_leave*>(static_cast<std::uintptr_t>(w.ticket));
    {
        line_at line(w.at);
        if (!line.join(w)) return false;
        static_cast<notice_line*>(w.at)->wanted_.store(true, std::memory_order_relaxed);
    }
    // The parker is in use from here on: what waits inside has another, and a coroutine that gets that lock goes on
    // elsewhere, so that this wait keeps its time.
    thread_state& here = thread_state::mine();
    const bool was = std::exchange(here.about_to_sleep, true);
    held.leave();
    here.about_to_sleep = was;
    return true;
}

const waiting_law& notice_line::law() noexcept {
    static constexpr notice_law one;
    return one;
}

turn notice_line::wait(lock_to_leave& held, deadline until, const std::stop_token& stop) noexcept {
    return wait_in_line(this, law(), until, stop, ticket_of(held));
}

// The waiter left its lock after it had made the line wanted, and who notifies has had that lock since.
void notice_line::notify(std::int64_t n) noexcept {
    if (n <= 0 || !wanted_.load(std::memory_order_relaxed)) return;
    taken_waiters told;
    {
        line_at line(this);
        for (; n > 0 && !line.empty(); --n) told.push(*line.take(turn::given));
        if (line.empty()) wanted_.store(false, std::memory_order_relaxed);
    }
    told.run_all();
}

}  // namespace concur::threading
