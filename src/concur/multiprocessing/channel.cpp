#include "concur/multiprocessing/channel.hpp"

#include "concur/core/looking.hpp"

#include <cstring>

namespace concur::multiprocessing {
namespace {

// How often a worker looks for the next request before it sleeps: some 20 us.
constexpr int looks = 20;

}  // namespace

std::uint32_t parent_end::room() const noexcept { return ring_size - (sent_ - next_answer()); }

std::uint32_t parent_end::send(bool is_to_stop) noexcept {
    const std::uint32_t number = sent_++;
    c_->requests[number % ring_size].claimed.store(claim::queued, std::memory_order_relaxed);
    c_->stop[number % ring_size].store(is_to_stop ? 1 : 0, std::memory_order_relaxed);
    c_->sent.store(sent_, std::memory_order_seq_cst);
    wake_worker();
    return number;
}

// One of the two sees the other: the worker stores worker_sleeps and then looks at sent.
void parent_end::wake_worker() noexcept {
    if (c_->worker_sleeps.load(std::memory_order_seq_cst) == 0) return;
    c_->worker_sleeps.store(0, std::memory_order_relaxed);
    platform::shared_futex_wake(&c_->worker_sleeps);
}

// A claim decides who has the request, and tells nothing else: what is in a slot, `sent` and `answered` tell.
bool parent_end::withdraw(std::uint32_t number) noexcept {
    claim expected = claim::queued;
    return c_->requests[number % ring_size].claimed.compare_exchange_strong(expected, claim::withdrawn,
                                                                            std::memory_order_relaxed);
}

claim parent_end::state_of(std::uint32_t number) const noexcept {
    return c_->requests[number % ring_size].claimed.load(std::memory_order_relaxed);
}

bool parent_end::has_answer(std::uint32_t number) const noexcept {
    const std::uint32_t taken = next_answer();
    return number - taken < answers_after(taken) || number - taken >= ring_size;
}

std::optional<short_answer> parent_end::only_answer() const noexcept {
    if (sent_ - next_answer() != 1) return std::nullopt;
    const short_answer found = copy_of(c_->newest);
    if (found.number != sent_ || found.size > short_answer::room) return std::nullopt;
    return found;
}

bool parent_end::holds_memory(std::uint32_t count) const noexcept {
    bool any = false;
    for (std::uint32_t i = 0; i < count; ++i) any |= copy_of(answer(i).holds_memory) != 0;
    return any;
}

void parent_end::take(std::uint32_t count, bool frees_memory) noexcept {
    const std::uint32_t taken = taken_.load(std::memory_order_relaxed) + count;
    taken_.store(taken, std::memory_order_release);
    if (!frees_memory) return c_->taken.store(taken, std::memory_order_release);
    c_->taken.store(taken, std::memory_order_seq_cst);
    if (c_->room_wanted.load(std::memory_order_seq_cst) != 0) platform::shared_futex_wake(&c_->taken);
}

// To write what stands there already would only take the word from the worker's processor.
bool parent_end::may_sleep_until(wake_by how) noexcept {
    if (c_->parent_sleeps.load(std::memory_order_seq_cst) != how)
        c_->parent_sleeps.store(how, std::memory_order_seq_cst);
    return c_->answered.load(std::memory_order_seq_cst) == next_answer();
}

void parent_end::ask_to_stop(std::uint32_t number) noexcept {
    c_->stop[number % ring_size].store(1, std::memory_order_relaxed);
    c_->stop_asked.fetch_add(1, std::memory_order_release);
    platform::shared_futex_wake(&c_->stop_asked);
}

void parent_end::note() noexcept {
    c_->notices.store(c_->notices.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    wake_worker();
}

bool worker_end::wait_for_request() noexcept {
    const auto done = static_cast<std::uint32_t>(done_);
    for (looking look(looks);;) {
        const std::uint32_t notices = c_->notices.load(std::memory_order_acquire);
        if (notices != notices_seen_) return notices_seen_ = notices, false;
        if (c_->sent.load(std::memory_order_acquire) != done) return true;
        if (look.go_on()) {
            look.rest();
            continue;
        }
        c_->worker_sleeps.store(1, std::memory_order_seq_cst);
        if (c_->sent.load(std::memory_order_seq_cst) == done &&
            c_->notices.load(std::memory_order_seq_cst) == notices_seen_)
            platform::shared_futex_wait(&c_->worker_sleeps, 1);
        c_->worker_sleeps.store(0, std::memory_order_relaxed);
    }
}

bool worker_end::start() noexcept {
    claim expected = claim::queued;
    return c_->requests[done_ % ring_size].claimed.compare_exchange_strong(expected, claim::running,
                                                                           std::memory_order_relaxed);
}

void worker_end::give_back() noexcept {
    c_->requests[done_ % ring_size].claimed.store(claim::queued, std::memory_order_release);
}

void worker_end::tell_of_short_answer() noexcept {
    const answer_slot& slot = answer();
    short_answer& newest = c_->newest;
    newest.number = static_cast<std::uint32_t>(done_);
    if (slot.place.segment != message_place::in_slot || slot.place.size > short_answer::room) return;
    ++newest.number;
    newest.size = static_cast<std::uint32_t>(slot.place.size);
    newest.run_ns = slot.run_ns;
    newest.kind = slot.kind;
    newest.holds_memory = slot.holds_memory;
    std::memcpy(newest.words.data(), slot.bytes.data(), short_answer::room);
}

bool worker_end::send() noexcept {
    tell_of_short_answer();
    ++done_;
    c_->answered.store(static_cast<std::uint32_t>(done_), std::memory_order_seq_cst);
    const wake_by how = c_->parent_sleeps.load(std::memory_order_seq_cst);
    if (how == wake_by::none || (how == wake_by::packet && is_taken_at_once())) return false;
    const wake_by was = c_->parent_sleeps.exchange(wake_by::none, std::memory_order_seq_cst);
    if (was == wake_by::word) platform::shared_futex_wake(&c_->parent_sleeps);
    return was == wake_by::packet;
}

// Somebody waits for just this answer, it seems. No: when there is another request to see to.
bool worker_end::is_taken_at_once() const noexcept {
    const auto done = static_cast<std::uint32_t>(done_);
    for (looking look(1); look.go_on(); look.rest()) {
        if (c_->taken.load(std::memory_order_acquire) == done) return true;
        if (c_->sent.load(std::memory_order_relaxed) != done) return false;
    }
    return false;
}

// All answers but the newest `open` have been taken.
bool worker_end::was_taken(std::uint64_t number) const noexcept {
    const std::uint32_t open = static_cast<std::uint32_t>(done_) - c_->taken.load(std::memory_order_acquire);
    return number + open < done_;
}

// One of the two sees the other: `taken` is looked at after room_wanted was stored.
void worker_end::wait_until_taken(std::uint64_t number) noexcept {
    while (!was_taken(number)) {
        c_->room_wanted.store(1, std::memory_order_seq_cst);
        const std::uint32_t seen = c_->taken.load(std::memory_order_seq_cst);
        if (!was_taken(number)) platform::shared_futex_wait(&c_->taken, seen);
        c_->room_wanted.store(0, std::memory_order_relaxed);
    }
}

}  // namespace concur::multiprocessing
