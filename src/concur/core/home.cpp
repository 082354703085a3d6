#include "concur/core/home.hpp"

#include "concur/core/atomic.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/platform/process.hpp"

#include <new>

namespace concur {
namespace {

constinit atomic<std::uint64_t> homes_made{0};

// The homes with open lines; a home cannot go while somebody takes a job out of it.
constinit lock_word open_lock;
constinit home* first_open = nullptr;  // guarded by open_lock
constinit bool homes_watched = false;  // guarded by open_lock

// The homes of the parent are not the child's, and its copy of the lock may be held by nobody.
void forget_homes() {
    ::new (&open_lock) lock_word;
    first_open = nullptr;
}

}  // namespace

home::home() noexcept : id_(homes_made.fetch_add(1, std::memory_order_relaxed) + 1) {}

void home::post_all(std::span<job* const> jobs) {
    while (!jobs.empty()) {
        jobs = jobs.subspan(post_some(jobs));
        if (jobs.empty()) return;
        try {
            post(*jobs.front());
        } catch (...) {
            for (job* const j : jobs) j->refuse(*j, nullptr);
            throw;
        }
        jobs = jobs.subspan(1);
    }
}

void home::open_lines() noexcept {
    const holding h(open_lock);
    if (!homes_watched) homes_watched = platform::in_fork_child(&forget_homes);
    next_open_ = first_open;
    if (first_open != nullptr) first_open->prev_open_ = this;
    first_open = this;
}

void home::close_lines() noexcept {
    const holding h(open_lock);
    (prev_open_ != nullptr ? prev_open_->next_open_ : first_open) = next_open_;
    if (next_open_ != nullptr) next_open_->prev_open_ = prev_open_;
}

// With open_lock held. Null: it has no open lines, or is gone.
home* home::open_one(std::uint64_t id) noexcept {
    home* at = first_open;
    while (at != nullptr && at->id_ != id) at = at->next_open_;
    return at;
}

bool home::take_out_of(std::uint64_t id, job& j) noexcept {
    const holding h(open_lock);
    home* const there = open_one(id);
    return there != nullptr && there->take_out(j);
}

bool home::has_free_worker_at(std::uint64_t id) noexcept {
    const holding h(open_lock);
    home* const there = open_one(id);
    return there != nullptr && there->has_free_worker();
}

}  // namespace concur
