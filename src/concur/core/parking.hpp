// Lines in which threads and coroutines wait together for what lies at an address.
#pragma once
#include "concur/core/waiting_line.hpp"

#include <cstddef>

namespace concur {

//   The line at an address, and its lock for as long as this lives. Each address has one: those in which nobody
//   waits take no memory. Two addresses may share a lock, so nobody holds two of these, and no code of the user's
//   runs, nor any waiter, while one is held.
//
//   It never touches what lies at the address, which may be gone before the lock is.
class line_at {
public:
    explicit line_at(const void* address) noexcept;
    ~line_at();
    line_at(const line_at&) = delete;
    line_at& operator=(const line_at&) = delete;

    bool empty() const noexcept { return first_ == nullptr; }
    waiter* first() const noexcept { return first_; }
    // As those of a waiting_line.
    bool is_overdue() const noexcept { return first_ != nullptr && first_->whole.is_overdue(); }
    bool join(waiter& w) noexcept;
    waiter* take(turn how) noexcept;
    bool end(waiter& w, turn how) noexcept;
    bool leave(waiter& w) noexcept;
    // All of them, in order.
    void take_all(turn how, taken_waiters& into) noexcept;

    // Addresses with the same number share a lock.
    static std::size_t number_of(const void* address) noexcept;

private:
    void link(waiter& first) noexcept;
    void unlink() noexcept;
    void replace_first(waiter& by) noexcept;
    void first_has_left() noexcept;

    const std::size_t number_;
    waiter* first_;
};

// The law of what is waited for in the line at its address.
class law_at_address final : public waiting_law {
public:
    using trying = bool(waiter&) noexcept;
    // With the line locked. turn::waiting: it is not there, and word is left that somebody waits.
    using taking = turn(waiter&) noexcept;
    using passing = void(waiter&) noexcept;

    constexpr law_at_address(const char* kind, bool is_lock, trying* t, taking* take, passing* p) noexcept
        : kind_(kind), is_lock_(is_lock), try_now_(t), take_(take), pass_on_(p) {}

    bool try_now(waiter& w) const noexcept override { return try_now_(w); }
    bool join(waiter& w) const noexcept override;
    bool end(waiter& w, turn how) const noexcept override;
    bool leave(waiter& w) const noexcept override;
    void pass_on(waiter& w) const noexcept override { pass_on_(w); }
    const char* kind() const noexcept override { return kind_; }
    bool is_lock() const noexcept override { return is_lock_; }

private:
    const char* const kind_;
    const bool is_lock_;
    trying* const try_now_;
    taking* const take_;
    passing* const pass_on_;
};

}  // namespace concur
