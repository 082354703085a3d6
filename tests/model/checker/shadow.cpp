#include "shadow.hpp"

namespace concur::model {
namespace {

constexpr unsigned bits_of(touch how) { return static_cast<unsigned>(how); }
constexpr bool writes(touch how) { return (bits_of(how) & 1U) != 0; }
constexpr bool atomic(touch how) { return (bits_of(how) & 2U) != 0; }

constexpr bool conflicts(touch a, touch b) { return (writes(a) || writes(b)) && !(atomic(a) && atomic(b)); }
// All that conflicts with `old` conflicts with `now` too.
constexpr bool replaces(touch now, touch old) {
    if (old == touch::freed || now == touch::freed) return now == touch::freed;
    return (writes(now) || !writes(old)) && (!atomic(now) || atomic(old));
}

constexpr std::uint8_t bytes_in_cell(std::uintptr_t key, std::uintptr_t from, std::uintptr_t to) {
    const std::uintptr_t first = from > key * 8 ? from - key * 8 : 0;
    const std::uintptr_t last = to < key * 8 + 8 ? to - key * 8 : 8;
    return static_cast<std::uint8_t>((0xFFU << first) & (0xFFU >> (8 - last)));
}

}  // namespace

shadow::shadow() : table_(new cell[cells]()) {}

inline shadow::cell& shadow::at_key(std::uintptr_t key) noexcept {
    std::size_t i = (key ^ (key >> 16U)) % cells;
    while (table_[i].generation == generation_ && table_[i].key != key) i = (i + 1) % cells;
    cell& found = table_[i];
    if (found.generation != generation_) {
        ++used_;
        found.key = key;
        found.generation = generation_;
        found.count = 0;
    }
    return found;
}

inline const access* shadow::meet(const cell& c, const access& what, std::uint8_t bytes,
                                  const vector_clock& clock) noexcept {
    for (std::size_t i = 0; i < c.count; ++i) {
        const access& old = c.accesses[i];
        if ((old.bytes & bytes) == 0) continue;
        if (old.how == touch::freed) return &old;
        if (old.thread == what.thread || !conflicts(old.how, what.how)) continue;
        if (!clock.knows(old.thread, old.when)) return &old;
    }
    return nullptr;
}

inline void shadow::keep(cell& c, const access& what, std::uint8_t bytes, const vector_clock& clock) noexcept {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < c.count; ++i) {
        const access& old = c.accesses[i];
        const bool covered = (old.bytes & ~bytes) == 0;
        if (covered && replaces(what.how, old.how) && clock.knows(old.thread, old.when)) continue;
        if (kept != i) c.accesses[kept] = old;
        ++kept;
    }
    if (kept == room) {
        for (std::size_t i = 1; i < room; ++i) c.accesses[i - 1] = c.accesses[i];
        --kept;
    }
    // Piece by piece: a copy of the whole would have to wait until it was written.
    access& newest = c.accesses[kept];
    newest.when = what.when;
    newest.from = what.from;
    newest.thread = what.thread;
    newest.bytes = bytes;
    newest.how = what.how;
    c.count = kept + 1;
}

// The same thread has touched at least as much since anyone could have learnt of it.
inline bool shadow::known(const cell& c, const access& what, std::uint8_t bytes) noexcept {
    for (std::size_t i = 0; i < c.count; ++i) {
        const access& old = c.accesses[i];
        if (old.thread == what.thread && old.when == what.when && (bytes & ~old.bytes) == 0 &&
            old.how != touch::freed && replaces(old.how, what.how))
            return true;
    }
    return false;
}

bool shadow::note(std::uintptr_t at, std::size_t size, const access& what, const vector_clock& clock) noexcept {
    const std::uintptr_t end = at + size;
    for (std::uintptr_t key = at / 8; key * 8 < end; ++key) {
        cell& c = at_key(key);
        const std::uint8_t bytes = bytes_in_cell(key, at, end);
        if (known(c, what, bytes)) continue;
        if (const access* old = meet(c, what, bytes, clock)) {
            found_ = {key * 8, *old, what};
            found_.later.bytes = bytes;
            return false;
        }
        keep(c, what, bytes, clock);
        if (full()) break;
    }
    return true;
}

void shadow::forget(std::uintptr_t at, std::size_t size) noexcept {
    for (std::uintptr_t key = at / 8; key * 8 < at + size && !full(); ++key) at_key(key).count = 0;
}

const access* shadow::freed_at(std::uintptr_t at) noexcept {
    const cell& c = at_key(at / 8);
    for (std::size_t i = 0; i < c.count; ++i)
        if (c.accesses[i].how == touch::freed && (c.accesses[i].bytes >> (at % 8) & 1U) != 0) return &c.accesses[i];
    return nullptr;
}

}  // namespace concur::model
