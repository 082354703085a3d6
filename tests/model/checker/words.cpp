#include "words.hpp"

namespace concur::model {

stored& word::push(std::uint64_t value) noexcept {
    ++count_;
    stored& s = newest();
    s.released = {};
    s.seen = {};
    s.value = value;
    s.sc_place = 0;
    return s;
}

void word::begin(std::uint64_t value) noexcept {
    count_ = 0;
    ended = false;
    stale = {};
    push(value);
}

words::words() : table_(new word[slots]) {}

void words::start_schedule() noexcept {
    ++generation_;
    used_ = 0;
    sc_places_ = 0;
    sc_fences_ = {};
}

word& words::at(std::uintptr_t key) noexcept {
    std::size_t i = (key ^ (key >> 14U)) % slots;
    while (table_[i].generation == generation_ && table_[i].key != key) i = (i + 1) % slots;
    word& found = table_[i];
    if (found.generation != generation_) {
        ++used_;
        found.key = key;
        found.generation = generation_;
        found.size = 0;
        found.ended = false;
    }
    return found;
}

std::uint32_t words::visible(word& w, std::size_t thread, const knowledge& k, bool seq_cst) const noexcept {
    const std::uint32_t kept = w.kept();
    if (w.stale[thread] >= stale_limit) return 1;
    for (std::uint32_t n = 0; n + 1 < kept; ++n) {
        const stored& s = w.back(n);
        const bool ordered =
            seq_cst ? s.sc_place != 0 || sc_fences_.knows_any(s.seen) : s.sc_place != 0 && s.sc_place <= k.fenced;
        if (ordered || k.view.knows_any(s.seen)) return n + 1;
    }
    return kept;
}

void words::note_read(stored& s, std::size_t thread, knowledge& k, std::memory_order order) noexcept {
    if (s.seen.at[thread] == 0) s.seen.at[thread] = k.clock.at[thread];
    if (acquires(order)) {
        k.clock.join(s.released);
        k.view.join(s.released);
    } else {
        k.to_acquire.join(s.released);
    }
    if (order == std::memory_order_seq_cst && s.sc_place == 0) s.sc_place = ++sc_places_;
}

void words::note_write(stored& s, std::size_t thread, knowledge& k, std::memory_order order,
                       const vector_clock* continued) noexcept {
    s.seen.at[thread] = k.clock.at[thread];
    if (releases(order)) s.released = k.clock;
    else if (k.release_fence) s.released = k.released;
    if (continued != nullptr) s.released.join(*continued);
    if (order == std::memory_order_seq_cst) s.sc_place = ++sc_places_;
}

void words::fence(std::size_t, knowledge& k, std::memory_order order) noexcept {
    if (acquires(order)) {
        k.clock.join(k.to_acquire);
        k.view.join(k.to_acquire);
    }
    if (releases(order)) {
        k.released = k.clock;
        k.release_fence = true;
    }
    if (order != std::memory_order_seq_cst) return;
    k.fenced = ++sc_places_;
    k.view.join(sc_fences_);
    sc_fences_.join(k.view);
}

}  // namespace concur::model
