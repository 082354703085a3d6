// What every future is, whatever its type: a state, and the jobs to run when it is done.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/job.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/recycled.hpp"
#include "concur/core/timeout.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace concur {

class worker;

//   pending --start--> running --finish--> finished
//      |  \--cancel--> cancelled                       (both ends are "done"; done is for ever)
//      \--claim--> settling --finish--> finished       (a promise, which may also claim when running;
//                     \--unclaim--> as it was           "settling" looks like running from outside)
//
//   word_       the state in its low bits; `locked`: the listener lists are being changed; `awaited`:
//               a thread sleeps for that lock; `listened`: a list is not empty. While `locked` is
//               set only its holder changes the word, but for `awaited`.
//   waiters_    guarded by `locked`; empty once done. Run first: they only wake somebody.
//   callbacks_  likewise; run after them, in the order they came.
//   owners_     how many share this; its top bit, `read`: somebody has seen the error.
//   value       (in future_state) and error_ are written by the one thread for which start() or
//               claim() was true, before finish(); read by anyone who has seen finished (acquire).
//   a listener  runs outside the lock, exactly once, and may drop any handle on the future: who
//               finishes or cancels must own one until the call returns.
class future_core : public recycled {
public:
    enum class state : std::uint32_t { pending, running, settling, cancelled, finished };

    future_core(const future_core&) = delete;
    future_core& operator=(const future_core&) = delete;

    state now() const noexcept { return state_in(word_.load(std::memory_order_acquire)); }
    bool done() const noexcept { return now() >= state::cancelled; }
    // It runs at this moment, wherever that is.
    bool runs() const noexcept;

    bool start() noexcept;            // false: not pending any more, do not run the call
    bool cancel() noexcept;           // false: too late, it runs or has finished
    bool claim(state& was) noexcept;  // false: `was` says who came first
    void unclaim(state was) noexcept;
    void finish() noexcept;            // the value or the error is in place
    void finish_cancelled() noexcept;  // instead: what this was to come from was cancelled
    // As finish(), but for the callbacks: they are given to the caller, who has them run elsewhere.
    job_line finish_without_callbacks() noexcept;
    void fail(std::exception_ptr why) noexcept { set_error(std::move(why)), finish(); }
    // For one who waits for its turn to run: fails what is still pending. False: it is not.
    bool fail_pending(const std::exception_ptr& why) noexcept;
    // As these two, but the callbacks are given to the caller, likewise; `call` is left alone by who comes too late.
    bool cancel(job_line& call) noexcept;
    bool fail_pending(const std::exception_ptr& why, job_line& call) noexcept;

    // Hands `j` over, to be run once the future is done. False: it is done, `j` was not taken.
    bool listen(job& j) noexcept { return enlist(j, callbacks_); }
    bool listen_first(job& j) noexcept { return enlist(j, waiters_); }  // for jobs that only wake somebody
    // Takes `j` back. False: it was run, or is being run.
    bool unlisten(job& j) noexcept { return delist(j, callbacks_); }
    bool unlisten_first(job& j) noexcept { return delist(j, waiters_); }

    // False: the time is over. A worker that waits for a pending task of its own pool runs it: at once
    // where it would wait for ever, and where it might go on without it only if nobody else is free to.
    bool wait(deadline until);

    // Lets the calling thread do work that this waits for, if that is its to do: a worker runs a
    // pending task of its own pool. True: something was done. Throws where nobody is left to do it.
    bool assist();

    // Asks what runs to stop. False: it cannot be asked.
    virtual bool request_stop() noexcept { return false; }

    void retain() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept;

    void set_error(std::exception_ptr e) noexcept { error_ = std::move(e); }
    const std::exception_ptr& error() const noexcept { return error_; }
    bool has_one_owner() const noexcept { return (owners_.load(std::memory_order_acquire) & ~read) == 1; }
    // Somebody has the exception now: it needs no report.
    void mark_read() noexcept { owners_.fetch_or(read, std::memory_order_relaxed); }

    // For messages: what this is the future of.
    virtual std::string_view label() const noexcept { return "a future"; }

protected:
    explicit future_core(std::uint32_t owners) noexcept : owners_(owners) {}
    virtual ~future_core();

    // What assist() and wait() need of each kind of future. Chains of futures are of any length, so
    // they are walked, not climbed: part() is the one future that this waits for at the moment, with
    // an ownership for the caller; null where there is none, or several.
    virtual future_core* part() { return nullptr; }
    virtual bool assist_here() { return false; }
    // It is the call that the worker has submitted last and still has: runs it.
    virtual bool run_newest(worker&) noexcept { return false; }
    // It is a pending call that may be run by a thread which is nobody's worker and waits for it: runs it.
    virtual bool run_as_caller() noexcept { return false; }
    // The calling thread sleeps until `spot` is woken, or the time is over: false.
    virtual bool park(parker& spot, deadline until) noexcept { return spot.park(until); }
    // A worker that sleeps now may have to help later on.
    virtual bool may_need_help() const noexcept { return false; }
    // It does not need all of its parts.
    virtual bool is_choice() const noexcept { return false; }

    // Destroys what was there to be run; called once, when it is clear that it never will be.
    virtual void abandon() noexcept {}
    // It was cancelled: it need not stand in any line.
    virtual void leave_line() noexcept {}
    // For what may be started by another process, without a word to this one. True: it has not been,
    // and will not be any more, so that it may be cancelled.
    virtual bool recall() noexcept { return true; }
    virtual bool runs_elsewhere() const noexcept { return false; }

private:
    static constexpr std::uint32_t state_bits = 7, locked = 8, awaited = 16, listened = 32;  // of word_
    static constexpr std::uint32_t read = 1u << 31;  // of owners_
    static state state_in(std::uint32_t word) noexcept { return static_cast<state>(word & state_bits); }

    std::uint32_t lock() noexcept;
    void sleep_until_free(std::uint32_t seen) noexcept;
    void unlock(std::uint32_t word) noexcept;
    bool move_on(state from, state to) noexcept;
    bool enlist(job& j, job_line& line) noexcept;
    bool delist(job& j, job_line& line) noexcept;
    job_line settle(std::uint32_t word, state end) noexcept;
    static void run_callbacks(job_line& call) noexcept;
    bool assist_all_below();
    bool wait_as_worker(worker& me, deadline until);
    bool sleep(deadline until) noexcept;

    atomic<std::uint32_t> word_{0};
    atomic<std::uint32_t> owners_;
    job_line waiters_;
    job_line callbacks_;
    std::exception_ptr error_;
};

// "pending", "running", "cancelled", or "finished".
std::string_view state_name(future_core::state s) noexcept;

// "<future at 0x55d0c8: finished returned int>"; `type` names the result's type.
std::string describe(const future_core* core, const std::type_info& type);

[[noreturn]] void throw_no_state();
[[noreturn]] void throw_waits_for_itself();

}  // namespace concur
