// The two ends of a channel: how requests and answers pass, and who wakes whom.
#pragma once
#include "concur/multiprocessing/channel_layout.hpp"
#include "concur/platform/futex.hpp"

#include <optional>

namespace concur::multiprocessing {

// The pool's end. All but withdraw(), state_of() and answer_waits() are for one thread at a time: those
// that send hold the pool's lock, those that take the worker's.
//
//   taken_  answers done with: how many slots are free follows from it, so it is not in shared memory.
//           Who sees it comes after all that the thread did which took them.
class parent_end {
public:
    explicit parent_end(channel_layout& shared) noexcept
        : c_(&shared),
          sent_(shared.sent.load(std::memory_order_relaxed)),
          taken_(shared.taken.load(std::memory_order_relaxed)) {}

    // How many more requests fit.
    std::uint32_t room() const noexcept;
    // The slot of the next request; it must fit.
    request_slot& next_slot() noexcept { return c_->requests[sent_ % ring_size]; }
    // Sends it, wakes the worker where it sleeps, and gives the request's number. `is_to_stop`: its task is asked to stop
    // before it begins.
    std::uint32_t send(bool is_to_stop = false) noexcept;

    // True: the worker will not run it. Of a request that was sent and not taken yet.
    bool withdraw(std::uint32_t number) noexcept;
    claim state_of(std::uint32_t number) const noexcept;

    // An answer has come. Any thread.
    bool answer_waits() const noexcept { return answers() != 0; }
    // How many answers have come and were not taken, or so the worker says: look at it once.
    std::uint32_t answers() const noexcept { return answers_after(next_answer()); }
    // More than were asked for.
    bool is_lie(std::uint32_t answers) const noexcept { return answers > sent_ - next_answer(); }
    // The i-th of those.
    const answer_slot& answer(std::uint32_t i) const noexcept { return c_->answers[(next_answer() + i) % ring_size]; }
    // The only answer that was asked for, if it has come and is short; while nobody can send.
    std::optional<short_answer> only_answer() const noexcept;
    // The oldest `count` answers are done with; wakes the worker where it sleeps until they are.
    void take(std::uint32_t count) noexcept { take(count, holds_memory(count)); }
    void take(std::uint32_t count, bool frees_memory) noexcept;
    std::uint32_t next_answer() const noexcept { return taken_.load(std::memory_order_acquire); }
    // Answer `number`, which was asked for, has come.
    bool has_answer(std::uint32_t number) const noexcept;
    std::uint32_t sent() const noexcept { return sent_; }

    // The collector is about to sleep, and a packet is to wake it. False: an answer has come, stay awake.
    bool may_sleep() noexcept { return may_sleep_until(wake_by::packet); }
    // Likewise a thread that waits for an answer, and sleeps while bell() holds `wake_by::word`.
    bool may_sleep_here() noexcept { return may_sleep_until(wake_by::word); }
    const void* bell() const noexcept { return &c_->parent_sleeps; }
    // Somebody looks for a while: no packets.
    void is_awake() noexcept {
        if (c_->parent_sleeps.load(std::memory_order_relaxed) != wake_by::none)
            c_->parent_sleeps.store(wake_by::none, std::memory_order_relaxed);
    }

    void ask_to_stop(std::uint32_t number) noexcept;
    void note() noexcept;  // a packet is on its way

private:
    bool may_sleep_until(wake_by how) noexcept;
    bool holds_memory(std::uint32_t count) const noexcept;
    // `taken` was read before `answered`, so it is not the larger one where another thread takes answers.
    std::uint32_t answers_after(std::uint32_t taken) const noexcept {
        return c_->answered.load(std::memory_order_acquire) - taken;
    }
    void wake_worker() noexcept;

    channel_layout* c_;
    std::uint32_t sent_;
    atomic<std::uint32_t> taken_;
};

// The worker's end, for its main thread. Its own numbers do not wrap: what it keeps may be older than
// all that the counters tell apart.
class worker_end {
public:
    explicit worker_end(channel_layout& shared) noexcept
        : c_(&shared),
          done_(shared.answered.load(std::memory_order_relaxed)),
          notices_seen_(shared.notices.load(std::memory_order_relaxed)) {}

    void is_ready() noexcept { c_->ready.store(1, std::memory_order_release); }

    // A request waits: looks for it for a while, then sleeps until one comes, or a notice does.
    // False: a notice.
    bool wait_for_request() noexcept;
    const request_slot& request() const noexcept { return c_->requests[done_ % ring_size]; }
    std::uint64_t number() const noexcept { return done_; }
    // False: it was withdrawn.
    bool start() noexcept;
    // As if it had not been started: this worker ends, and another does it.
    void give_back() noexcept;

    answer_slot& answer() noexcept { return c_->answers[done_ % ring_size]; }
    // Sends the answer of the request, and wakes who sleeps on the word; true: the collector sleeps, and
    // needs a packet. Where nobody looks it may take a microsecond to find that out.
    bool send() noexcept;

    // Answer `number` is done with.
    bool was_taken(std::uint64_t number) const noexcept;
    // Sleeps until it is.
    void wait_until_taken(std::uint64_t number) noexcept;

private:
    void tell_of_short_answer() noexcept;
    bool is_taken_at_once() const noexcept;

    channel_layout* c_;
    std::uint64_t done_;
    std::uint32_t notices_seen_;
};

}  // namespace concur::multiprocessing
