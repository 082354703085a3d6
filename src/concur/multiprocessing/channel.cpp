#include "concur/multiprocessing/channel.hpp"

#include "concur/platform/cpu.hpp"

namespace concur::multiprocessing {
namespace {

// How often a worker looks for the next request, in turns of a short spin, before it sleeps: some 20 us.
constexpr int looks = 20;

}  // namespace

std::uint32_t parent_end::room() const noexcept { return ring_size - (sent_ - taken_seen()); }

std::uint32_t parent_end::send() noexcept {
    const std::uint32_t number = sent_++;
    c_->claims[number % ring_size].store(claim::queued, std::memory_order_relaxed);
    c_->sent.store(sent_, std::memory_order_seq_cst);
    wake_worker();
    return number;
}

// One of the two sees the other: the worker stores worker_sleeps and then looks at sent.
void parent_end::wake_worker() noexcept {
    if (c_->worker_sleeps.load(std::memory_order_seq_cst) == 0) return;
    c_->worker_sleeps.store(0, std::memory_order_seq_cst);
    platform::shared_futex_wake(&c_->worker_sleeps);
}

bool parent_end::withdraw(std::uint32_t number) noexcept {
    claim expected = claim::queued;
    return c_->claims[number % ring_size].compare_exchange_strong(expected, claim::withdrawn, std::memory_order_acq_rel,
                                                                  std::memory_order_acquire);
}

claim parent_end::state_of(std::uint32_t number) const noexcept {
    return c_->claims[number % ring_size].load(std::memory_order_acquire);
}

bool parent_end::answer_waits() const noexcept { return answers() != 0; }

std::uint32_t parent_end::answers() const noexcept {
    return c_->answered.load(std::memory_order_acquire) - taken_seen();
}

const answer_slot& parent_end::answer(std::uint32_t i) const noexcept {
    return c_->answers[(taken_seen() + i) % ring_size];
}

void parent_end::take(std::uint32_t count) noexcept {
    c_->taken.store(taken_seen() + count, std::memory_order_seq_cst);
    if (c_->room_wanted.load(std::memory_order_seq_cst) != 0) platform::shared_futex_wake(&c_->taken);
}

bool parent_end::may_sleep() noexcept {
    c_->parent_sleeps.store(1, std::memory_order_seq_cst);
    return c_->answered.load(std::memory_order_seq_cst) == taken_seen();
}

void parent_end::ask_to_stop(std::uint32_t number) noexcept {
    c_->stop_asked.store(number + 1, std::memory_order_release);
    platform::shared_futex_wake(&c_->stop_asked);
}

void parent_end::note() noexcept {
    c_->notices.store(c_->notices.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    wake_worker();
}

bool worker_end::look_for_request() noexcept { return c_->sent.load(std::memory_order_acquire) != done_; }

bool worker_end::wait_for_request() noexcept {
    for (int left = platform::spin_limit() * looks;; --left) {
        const std::uint32_t notices = c_->notices.load(std::memory_order_acquire);
        if (notices != notices_seen_) return notices_seen_ = notices, false;
        if (look_for_request()) return true;
        if (left > 0) {
            platform::relax();
            continue;
        }
        c_->worker_sleeps.store(1, std::memory_order_seq_cst);
        if (c_->sent.load(std::memory_order_seq_cst) == done_ &&
            c_->notices.load(std::memory_order_seq_cst) == notices_seen_)
            platform::shared_futex_wait(&c_->worker_sleeps, 1);
        c_->worker_sleeps.store(0, std::memory_order_relaxed);
    }
}

bool worker_end::start() noexcept {
    claim expected = claim::queued;
    return c_->claims[done_ % ring_size].compare_exchange_strong(expected, claim::running, std::memory_order_acq_rel,
                                                                 std::memory_order_acquire);
}

bool worker_end::send() noexcept {
    ++done_;
    c_->answered.store(done_, std::memory_order_seq_cst);
    return c_->parent_sleeps.load(std::memory_order_seq_cst) != 0 &&
           c_->parent_sleeps.exchange(0, std::memory_order_seq_cst) != 0;
}

bool worker_end::was_taken(std::uint32_t number) const noexcept {
    return static_cast<std::int32_t>(c_->taken.load(std::memory_order_acquire) - number) > 0;
}

void worker_end::wait_until_taken(std::uint32_t number) noexcept {
    while (!was_taken(number)) {
        c_->room_wanted.store(1, std::memory_order_seq_cst);
        const std::uint32_t seen = c_->taken.load(std::memory_order_seq_cst);
        if (!was_taken(number)) platform::shared_futex_wait(&c_->taken, seen);
        c_->room_wanted.store(0, std::memory_order_seq_cst);
    }
}

}  // namespace concur::multiprocessing
