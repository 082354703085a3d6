// The two ends of a channel: how requests and answers pass, and who wakes whom.
#pragma once
#include "concur/multiprocessing/channel_layout.hpp"
#include "concur/platform/futex.hpp"

namespace concur::multiprocessing {

// The pool's end. All but withdraw(), state_of() and answer_waits() are for one thread at a time: those
// that send hold the pool's lock, those that take the worker's.
class parent_end {
public:
    explicit parent_end(channel_layout& shared) noexcept : c_(&shared) {}

    // How many more requests fit.
    std::uint32_t room() const noexcept;
    // The slot of the next request; it must fit.
    request_slot& next_slot() noexcept { return c_->requests[sent_ % ring_size]; }
    // Sends it, wakes the worker where it sleeps, and gives the request's number.
    std::uint32_t send() noexcept;

    // True: the worker will not run it. Of a request that was sent and not taken yet.
    bool withdraw(std::uint32_t number) noexcept;
    claim state_of(std::uint32_t number) const noexcept;

    // An answer has come. Any thread.
    bool answer_waits() const noexcept;
    // How many answers have come and were not taken; more than were asked for: a lie.
    std::uint32_t answers() const noexcept;
    bool is_lying() const noexcept { return answers() > sent_ - taken_seen(); }
    // Answer number `taken + i`: a copy of its head; the bytes stay where they are.
    const answer_slot& answer(std::uint32_t i) const noexcept;
    // The oldest `count` answers are done with.
    void take(std::uint32_t count) noexcept;
    std::uint32_t next_answer() const noexcept { return taken_seen(); }
    // Answer `number`, which was asked for, has come.
    bool has_answer(std::uint32_t number) const noexcept {
        return number - taken_seen() < answers() || number - taken_seen() >= ring_size;
    }
    std::uint32_t sent() const noexcept { return sent_; }

    // The parent is about to sleep. False: an answer has come, stay awake.
    bool may_sleep() noexcept;
    // It looks for itself for a while: no packets.
    void is_awake() noexcept { c_->parent_sleeps.store(0, std::memory_order_relaxed); }

    void ask_to_stop(std::uint32_t number) noexcept;
    void note() noexcept;  // a packet is on its way

private:
    std::uint32_t taken_seen() const noexcept { return c_->taken.load(std::memory_order_relaxed); }
    void wake_worker() noexcept;

    channel_layout* c_;
    std::uint32_t sent_ = 0;
};

// The worker's end, for its main thread.
class worker_end {
public:
    explicit worker_end(channel_layout& shared) noexcept : c_(&shared) {}

    void is_ready() noexcept { c_->ready.store(1, std::memory_order_release); }

    // A request waits: looks for it for a while, then sleeps until one comes, or a notice does.
    // False: a notice.
    bool wait_for_request() noexcept;
    const request_slot& request() const noexcept { return c_->requests[done_ % ring_size]; }
    std::uint32_t number() const noexcept { return done_; }
    // False: it was withdrawn.
    bool start() noexcept;

    answer_slot& answer() noexcept { return c_->answers[done_ % ring_size]; }
    // Sends the answer of the request; true: the parent sleeps, and needs a packet.
    bool send() noexcept;

    // Answer `number` is done with.
    bool was_taken(std::uint32_t number) const noexcept;
    // Sleeps until it is.
    void wait_until_taken(std::uint32_t number) noexcept;

private:
    bool look_for_request() noexcept;

    channel_layout* c_;
    std::uint32_t done_ = 0;
    std::uint32_t notices_seen_ = 0;
};

}  // namespace concur::multiprocessing
