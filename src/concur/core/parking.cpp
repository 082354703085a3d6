#include "concur/core/parking.hpp"

#include "concur/core/atomic.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/platform/process.hpp"

#include <new>
#include <utility>

namespace concur {
namespace {

//   lines: the first waiter of each line whose address falls into this bucket.
struct alignas(64) bucket {
    lock_word lock;
    waiter* lines = nullptr;  // guarded by lock
};

constexpr std::size_t bucket_bits = 9;
constinit bucket buckets[std::size_t{1} << bucket_bits];

// Who waited in the parent does not exist in the child, and the copies of the locks may be held by nobody.
void forget_lines() {
    for (bucket& b : buckets) ::new (&b) bucket;
}

constinit lock_word watch_lock;
constinit atomic<bool> table_watched{false};  // made true under watch_lock

void watch_forks() noexcept {
    if (table_watched.load(std::memory_order_relaxed)) return;
    const holding h(watch_lock);
    if (!table_watched.load(std::memory_order_relaxed))
        table_watched.store(platform::in_fork_child(&forget_lines), std::memory_order_relaxed);
}

}  // namespace

// A multiplication spreads what differs in few bits over the high ones.
std::size_t line_at::number_of(const void* address) noexcept {
    const auto key = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> (64 - bucket_bits));
}

line_at::line_at(const void* address) noexcept : number_(number_of(address)) {
    watch_forks();
    bucket& b = buckets[number_];
    b.lock.acquire();
    first_ = b.lines;
    while (first_ != nullptr && first_->at != address) first_ = first_->next_line;
}

line_at::~line_at() { buckets[number_].lock.release(); }

bool line_at::join(waiter& w) noexcept {
    if (first_ == nullptr) {
        if (!w.whole.join(w)) return false;
        link(w);
        return true;
    }
    if (!first_->whole.join(w)) return false;
    if (first_->whole.first() == &w) replace_first(w);
    return true;
}

void line_at::link(waiter& first) noexcept {
    waiter*& lines = buckets[number_].lines;
    first.prev_line = nullptr;
    first.next_line = lines;
    if (lines != nullptr) lines->prev_line = &first;
    lines = first_ = &first;
}

void line_at::unlink() noexcept {
    waiter& old = *first_;
    (old.prev_line != nullptr ? old.prev_line->next_line : buckets[number_].lines) = old.next_line;
    if (old.next_line != nullptr) old.next_line->prev_line = old.prev_line;
    first_ = nullptr;
}

// The line stays where it is in its bucket; another waiter holds it.
void line_at::replace_first(waiter& by) noexcept {
    waiter& old = *first_;
    by.whole = std::move(old.whole);
    by.next_line = old.next_line;
    by.prev_line = old.prev_line;
    (by.prev_line != nullptr ? by.prev_line->next_line : buckets[number_].lines) = &by;
    if (by.next_line != nullptr) by.next_line->prev_line = &by;
    first_ = &by;
}

void line_at::first_has_left() noexcept {
    waiter* const second = first_->whole.first();
    if (second != nullptr) replace_first(*second);
    else unlink();
}

waiter* line_at::take(turn how) noexcept {
    if (first_ == nullptr) return nullptr;
    waiter* const w = first_->whole.take(how);
    first_has_left();
    return w;
}

void line_at::take_all(turn how, taken_waiters& into) noexcept {
    while (waiter* const w = take(how)) into.push(*w);
}

bool line_at::end(waiter& w, turn how) noexcept {
    if (leave(w)) {
        w.how = how;
        return true;
    }
    w.is_late(how);
    return false;
}

bool line_at::leave(waiter& w) noexcept {
    if (first_ == nullptr || !first_->whole.leave(w)) return false;
    if (first_ == &w) first_has_left();
    return true;
}

bool law_at_address::join(waiter& w) const noexcept {
    line_at line(w.at);
    const turn now = take_(w);
    if (now == turn::waiting) return line.join(w);
    w.how = now;
    return false;
}

bool law_at_address::end(waiter& w, turn how) const noexcept { return line_at(w.at).end(w, how); }

bool law_at_address::leave(waiter& w) const noexcept { return line_at(w.at).leave(w); }

}  // namespace concur
