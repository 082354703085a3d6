// The jobs that one worker keeps by itself, and that others may take off it.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/job.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace concur {

//   The owner puts in and takes out at the bottom, the newest first; anybody takes at the top, the oldest.
//   After Chase and Lev, "Dynamic circular work-stealing deque", 2005; the orders after Lê, Pop, Cohen and
//   Nardelli, "Correct and efficient work-stealing for weak memory models", 2013, with stores instead of fences.
//
//   top_     moved on by whoever takes the oldest, by compare-and-swap: that job is its own then
//   bottom_  the owner's; others read it. The owner first takes its place back and then looks whether a thief
//            was there before: the two steps must not change places (seq_cst), nor a thief's two looks.
//   room_    grown by the owner; a thief may look into an old one, which has the same jobs at the same places,
//            so all of them stay to the end
class stealing_deque {
public:
    static constexpr std::size_t sure_room = 256;

    // `places`: how many it can hold at first; a power of two.
    explicit stealing_deque(std::size_t places = sure_room);
    ~stealing_deque();
    stealing_deque(const stealing_deque&) = delete;
    stealing_deque& operator=(const stealing_deque&) = delete;

    // The owner's. A branch is a job that a task waits for before it goes on (invoke, for_each). What comes after push() in its order comes after it in everybody's (seq_cst).
    // Throws std::bad_alloc; nothing has happened then. Never while it holds fewer than at first.
    void push(job& j, bool is_branch = false) {
        const std::int64_t b = bottom_.load(std::memory_order_relaxed);
        room* r = room_.load(std::memory_order_relaxed);
        if (b - top_.load(std::memory_order_acquire) >= r->size) r = grow(b);
        r->at(b).store(reinterpret_cast<std::uintptr_t>(&j) | (is_branch ? branch : 0), std::memory_order_relaxed);
        bottom_.store(b + 1, std::memory_order_seq_cst);
    }
    job* take() noexcept;
    // What take() would give, were nobody to steal.
    job* newest() const noexcept {
        const std::int64_t b = bottom_.load(std::memory_order_relaxed);
        if (b == top_.load(std::memory_order_relaxed)) return nullptr;
        return job_at(room_.load(std::memory_order_relaxed)->at(b - 1).load(std::memory_order_relaxed));
    }

    // Anybody's. Null: it is empty.
    job* steal() noexcept { return steal_if(INT64_MIN, 0); }
    // Likewise, but only a branch that was put in when the owner's mark() was `first` or later.
    job* steal_branch(std::int64_t first) noexcept { return steal_if(first, branch); }
    std::int64_t mark() const noexcept { return bottom_.load(std::memory_order_relaxed); }
    // As seen after all that came before in this thread's order, where that was seq_cst.
    std::size_t size() const noexcept {
        const std::int64_t t = top_.load(std::memory_order_seq_cst);
        const std::int64_t b = bottom_.load(std::memory_order_seq_cst);
        return b > t ? static_cast<std::size_t>(b - t) : 0;
    }

private:
    struct room {
        explicit room(std::size_t n);
        atomic<std::uintptr_t>& at(std::int64_t place) const noexcept {
            return places[static_cast<std::size_t>(place & (size - 1))];
        }

        const std::int64_t size;  // a power of two
        std::unique_ptr<atomic<std::uintptr_t>[]> places;
        room* older = nullptr;
    };

    static constexpr std::uintptr_t branch = 1;  // of what stands at a place: a job's address, and this
    static job* job_at(std::uintptr_t place) noexcept { return reinterpret_cast<job*>(place & ~branch); }

    room* grow(std::int64_t bottom);
    job* steal_if(std::int64_t first, std::uintptr_t kind) noexcept;

    alignas(64) atomic<std::int64_t> top_{0};
    alignas(64) atomic<std::int64_t> bottom_{0};
    atomic<room*> room_;
};

// Who of a pool's workers could come for a job, as it stands where the jobs are put.
//
//   Kept by the pool. Read after each job that is put somewhere, changed seldom in comparison.
//   looking  workers that look for jobs, or have been woken for it: they find what is there
//   idle     workers that sleep
struct helpers {
    // Somebody has to be told of a job, for nobody would find it. After the job was put there, in everybody's order
    // (seq_cst).
    bool must_be_told() const noexcept {
        return may_grow.load(std::memory_order_seq_cst) ||
               (looking.load(std::memory_order_seq_cst) == 0 && idle.load(std::memory_order_seq_cst) != 0);
    }

    atomic<bool> may_grow{true};  // there are fewer workers than there may be
    atomic<std::size_t> looking{0};
    atomic<std::size_t> idle{0};
};

}  // namespace concur
