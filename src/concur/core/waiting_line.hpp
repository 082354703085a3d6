// Who waits, in which line, and how that ends.
#pragma once
#include "concur/core/job.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <stop_token>

namespace concur {

class waiting_law;

// How far a wait is, or how it has ended.
enum class turn : std::uint8_t {
    waiting,
    called,   // what it waits for may be there: it looks, and where it is not goes back to the front of the line
    given,    // it has what it waited for
    refused,  // what it waited for will not come
    too_late,
    stopped,
};

struct waiter;

//   Not synchronised: whoever owns the line locks it.
//   Who waited in the parent of a fork does not exist in the child, and is passed over there.
class waiting_line {
public:
    bool empty() const noexcept { return line_.empty(); }
    waiter* first() const noexcept;
    // The first has waited so long that it must not find what it waits for taken once more.
    bool is_overdue() const noexcept;

    // At the end; at the front, if it stood here before. False: its wait is over, and `how` says why.
    bool join(waiter& w) noexcept;
    // The first. Null: nobody is here.
    waiter* take(turn how) noexcept;
    // For who ends a wait because of the time or a wish to stop. True: the caller has taken it out, and runs it.
    bool end(waiter& w, turn how) noexcept;
    // For one that waits no longer and tells nobody. False: it does not stand here.
    bool leave(waiter& w) noexcept;

private:
    job_line line_;
};

//   A thread or a coroutine that waits: it lies on the thread's stack, or in the coroutine's frame.
//
//   how   waiting until somebody takes it out of the line, or ends its wait. Who does says how, and runs it once the
//         line is free; then it may be gone.
//   late  why it must not join the line again: its time was over, or it was to stop, when it did not stand there.
//   All is guarded by the lock of its line, but `how` and `run`, which are its own again once it was run.
struct waiter : job {
    waiter(void* address, const waiting_law& l, runner* r, std::uint64_t what = 0) noexcept
        : job(r), at(address), law(&l), ticket(what) {}

    // Its time was over, or it was to stop, while it did not stand in line.
    void is_late(turn why) noexcept {
        if (late == turn::waiting) late = why;
    }

    void* at;
    const waiting_law* law;
    std::uint64_t ticket;   // what it asks for, where that differs from waiter to waiter: the law's own
    std::int64_t since = 0;  // when it first joined the line
    std::uint32_t generation = 0;  // of the process that it waits in
    turn how = turn::waiting;
    turn late = turn::waiting;
    bool stands = false;
    bool is_users_code = false;  // what goes on when it is run, there and then

    // Of the first at an address alone (core/parking): all who wait there, and the neighbours of their line.
    waiting_line whole;
    waiter* next_line = nullptr;
    waiter* prev_line = nullptr;
};

inline waiter* waiting_line::first() const noexcept { return static_cast<waiter*>(line_.front()); }

//   Those who were taken out of a line, to be run when it is free. They stand in no line meanwhile, as one whose frame is
//   destroyed looks for itself in its home alone.
class taken_waiters {
public:
    taken_waiters() = default;
    taken_waiters(const taken_waiters&) = delete;
    taken_waiters& operator=(const taken_waiters&) = delete;

    void push(waiter& w) noexcept {
        w.next_line = nullptr;
        *last_ = &w;
        last_ = &w.next_line;
    }
    void run_all() noexcept;
    // From a thread that others wait for, such as the timer's: code of the user's runs elsewhere (core/aside).
    void run_all_aside() noexcept;

private:
    waiter* pop() noexcept;

    waiter* first_ = nullptr;
    waiter** last_ = &first_;
};

//   What can be waited for, as those who wait know it: its address is `w.at`. Each function locks the line that it
//   needs, and none of them runs a waiter with it locked.
class waiting_law {
public:
    // Takes it, if it is there.
    virtual bool try_now(waiter& w) const noexcept = 0;
    // Takes it, if it is there, or joins the line. False: it does not stand there, and `how` says why; true: it may be
    // gone already.
    virtual bool join(waiter& w) const noexcept = 0;
    // As a line does.
    virtual bool end(waiter& w, turn how) const noexcept = 0;
    virtual bool leave(waiter& w) const noexcept = 0;
    // It was called, or given it, as `how` says, and will not use that.
    virtual void pass_on(waiter& w) const noexcept = 0;

    // For the reports of lock_watch: what it is, and whether who has it holds a lock.
    virtual const char* kind() const noexcept { return "something"; }
    virtual bool is_lock() const noexcept { return false; }

protected:
    constexpr waiting_law() noexcept = default;
    ~waiting_law() = default;
};

// The calling thread waits until it has what is at `at`, or will not have it. It does not try before.
turn wait_in_line(void* at, const waiting_law& law, deadline until, const std::stop_token& stop,
                  std::uint64_t ticket = 0) noexcept;

// What a wish to stop does to a waiter.
struct stop_waiting {
    void operator()() const noexcept;
    waiter& who;
};

}  // namespace concur
