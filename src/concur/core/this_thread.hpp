// What the library keeps for each thread.
#pragma once
#include "concur/core/block_depot.hpp"
#include "concur/core/job.hpp"
#include "concur/core/parker.hpp"
#include "concur/core/worker.hpp"
#include "concur/platform/os_thread.hpp"

namespace concur {

namespace threading {
class thread_record;
class values_here;
}  // namespace threading

// What a thread is in the middle of taking in, as long as it lives: the answers that came to `from`. There may
// be another one around it.
class reading {
public:
    explicit reading(const void* from) noexcept;
    ~reading();
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;

    // The calling thread is in the middle of one from there.
    static bool is_under_way(const void* from) noexcept;

private:
    const void* from_;
    const reading* around_;
};

//   Lives in the thread's block: made by the block's first thread, taken over by the next as the last
//   one left it, never destroyed. Only its thread touches it, but for the parker.
struct thread_state {
    static thread_state& mine() noexcept {
        thread_state* const state = mine_if_any();
        return state != nullptr && state->made ? *state : make();
    }
    // Null where the thread has none yet. One that nobody has made is all zero: only `blocks` may be used then.
    static thread_state* mine_if_any() noexcept { return static_cast<thread_state*>(platform::lent_block); }

    block_cache blocks[block_sizes];
    parker spot;
    worker* employed = nullptr;
    int depth = 0;      // run_continuations() calls that this thread is in
    job_line deferred;  // continuations that came up when the stack was nearly used up
    const reading* reads = nullptr;
    // Null again by the end of the thread.
    threading::thread_record* record = nullptr;  // where somebody has asked what thread this is
    threading::values_here* values = nullptr;    // its own of each `local`
    bool about_to_sleep = false;  // it stands in a line with `spot` already, and lets go of a lock
    parker inner_spot;            // for waits inside that
    bool made = true;

private:
    static thread_state& make() noexcept;
};

// The worker that the calling thread is; null on threads that are not a pool's.
inline worker* this_worker() noexcept {
    const thread_state* const state = thread_state::mine_if_any();
    return state != nullptr ? state->employed : nullptr;
}
inline void set_this_worker(worker* w) noexcept { thread_state::mine().employed = w; }

// Runs what waited for a future, now and in order. A continuation may finish a future in turn, and so
// on; when the stack is nearly used up the thread first comes back from where it is, so that a chain
// of any length fits.
void run_continuations(job_line& line) noexcept;

// Runs what was put off, in a thread that is about to sleep: it might wait for just that.
void run_deferred() noexcept;

}  // namespace concur
