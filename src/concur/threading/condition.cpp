#include "concur/threading/condition.hpp"

#include <limits>
#include <stdexcept>
#include <system_error>

namespace concur::threading {

const condition::kind_of_lock condition::recursive{
    [](void* l) { static_cast<rlock*>(l)->acquire(); },
    [](void* l) { static_cast<rlock*>(l)->release(); },
    [](void* l) { return static_cast<rlock*>(l)->try_acquire(); },
    [](void* l, timeout t, const std::stop_token& stop) { return static_cast<rlock*>(l)->acquire(t, stop); },
    [](const void* l) { return static_cast<const rlock*>(l)->locked(); },
    [](const void* l) noexcept { return static_cast<const rlock*>(l)->is_mine(); },
    [](void* l) noexcept { return static_cast<rlock*>(l)->release_all(); },
    [](void* l, std::uint32_t depth) noexcept { static_cast<rlock*>(l)->acquire_all(depth); },
};

const condition::kind_of_lock condition::plain{
    [](void* l) { static_cast<plain_lock*>(l)->acquire(); },
    [](void* l) { static_cast<plain_lock*>(l)->release(); },
    [](void* l) { return static_cast<plain_lock*>(l)->try_acquire(); },
    [](void* l, timeout t, const std::stop_token& stop) { return static_cast<plain_lock*>(l)->acquire(t, stop); },
    [](const void* l) { return static_cast<const plain_lock*>(l)->locked(); },
    [](const void* l) noexcept { return static_cast<const plain_lock*>(l)->locked(); },
    [](void* l) noexcept -> std::uint32_t { return static_cast<plain_lock*>(l)->release(), 1; },
    [](void* l, std::uint32_t) noexcept { static_cast<plain_lock*>(l)->acquire(); },
};

bool condition::acquire(timeout t, const std::stop_token& stop) { return kind_->acquire(lock_, t, stop); }

bool condition::locked() const { return kind_->locked(lock_); }

void condition::cannot_tell() {
    throw std::logic_error("locked: the lock under this condition has no member locked(); ask the lock itself");
}

void condition::cannot_wait_so() {
    throw std::logic_error(
        "acquire: the lock under this condition has no time-out; use one with try_lock_for, or acquire() without one");
}

void condition::require_mine(const char* message) const {
    if (!kind_->is_mine(lock_))
        throw std::system_error(std::make_error_code(std::errc::operation_not_permitted), message);
}

struct condition::left_lock final : lock_to_leave {
    explicit left_lock(const condition& c) noexcept : of(c) {}
    void leave() noexcept override { depth = of.kind_->let_go(of.lock_); }
    const condition& of;
    std::uint32_t depth = 0;  // 0: it was not left
};

bool condition::wait_until(deadline until, const std::stop_token& stop) {
    require_mine("wait: acquire the condition's lock before you wait for a notice");
    left_lock held(*this);
    const turn how = line_.wait(held, until, stop);
    if (held.depth > 0) kind_->take_again(lock_, held.depth);
    return how == turn::given;
}

void condition::notify(std::int64_t n) {
    require_mine("notify: acquire the condition's lock before you notify those who wait");
    if (n < 0) throw std::invalid_argument("notify: it is not possible to notify fewer than 0");
    line_.notify(n);
}

void condition::notify_all() { notify(std::numeric_limits<std::int64_t>::max()); }

plain_lock& condition::lock_to_await() const {
    if (kind_ != &plain)
        throw std::logic_error("a coroutine waits with a condition over a threading::lock: construct it with one");
    return *static_cast<plain_lock*>(lock_);
}

awaited_turn condition::async_acquire(timeout t, std::stop_token stop) {
    return lock_to_await().async_acquire(t, std::move(stop));
}

awaited_notice condition::async_wait(timeout t, std::stop_token stop) {
    plain_lock& l = lock_to_await();
    require_mine("async_wait: acquire the condition's lock before you wait for a notice");
    return awaited_notice(line_, l, deadline(t), std::move(stop));
}

awaited_notice::awaited_notice(notice_line& line, plain_lock& l, deadline until, std::stop_token stop) noexcept
    : awaited_turn(&line, notice_line::law(), until, std::move(stop), notice_line::ticket_of(*this)),
      line_(line),
      lock_(l) {}

void awaited_notice::leave() noexcept { lock_.release(); }

// It waits for the lock as long as that takes, and then goes on, whatever its notice.
bool awaited_notice::waits_on() noexcept {
    if (comes_back_) return false;
    disarm();
    notified_ = how == turn::given;
    comes_back_ = true;
    return waits_for(&lock_, plain_lock::line_law());
}

bool awaited_notice::await_resume() noexcept {
    awaited_turn::await_resume();
    return notified_;
}

// Its notice is another's then.
awaited_notice::~awaited_notice() {
    if (abandon() && comes_back_ && notified_) line_.notify(1);
}

}  // namespace concur::threading
