#include "concur/executors/thread_pool.hpp"

#include "concur/core/report_unhandled.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/platform/process.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace concur {

thread_pool::thread_pool(std::uint64_t home_id, thread_pool_options options)
    : home_(home_id),
      options_(std::move(options)),
      generation_(platform::fork_generation()),
      max_workers_(static_cast<int>(*options_.max_workers)) {
    enter_registry(*this);
}

thread_pool::~thread_pool() { leave_registry(*this); }

void thread_pool::release() noexcept {
    if (owners_.drop()) delete this;
}

bool thread_pool::in_this_process() const noexcept { return generation_ == platform::fork_generation(); }

int thread_pool::worker_count() noexcept {
    if (!in_this_process()) return 0;
    const holding h(lock_);
    return alive_ + leaving_;
}

// What is neither waiting nor at a worker has been dealt with, so nobody has to count it.
thread_pool_statistics thread_pool::statistics() noexcept {
    thread_pool_statistics s;
    if (!in_this_process()) return s;
    const holding h(lock_);
    s.submitted = submitted_;
    s.waiting = line_.size();
    s.longest_line = longest_line_;
    s.parked = parked_;
    s.workers = alive_ + leaving_;
    for (const auto& w : workers_) {
        s.submitted += w->kept.submitted.load(std::memory_order_relaxed);
        s.waiting += w->kept.size();
        s.stolen += w->kept.stolen.load(std::memory_order_relaxed);
        s.busy += w->is_busy() ? 1 : 0;
        s.idle += w->is_idle ? 1 : 0;
    }
    s.looking = s.workers - s.busy - s.idle;
    s.done = s.submitted - std::min(s.submitted, s.waiting + static_cast<std::uint64_t>(s.busy));
    return s;
}

bool thread_pool::lets_keep() const noexcept {
    return max_workers() > 1 && !options_.max_pending && phase_.load(std::memory_order_relaxed) == phase::open &&
           !program_is_ending();
}

void thread_pool::post(job& j, int priority) {
    worker* const me = priority == 0 ? this_worker() : nullptr;
    if (me != nullptr && me->of == home_ && me->may_keep()) {
        me->keep(j);
        return kept_jobs::count(static_cast<kept_jobs*>(me->own)->submitted);
    }
    if (!in_this_process())
        throw broken_thread_pool(
            "this pool has its threads in the parent of this process: "
            "make a pool in the child, after fork()");
    holding h(lock_);
    check_open();
    if (!admit(j, h)) return;
    if (alive_ == 0) start_worker();  // where that fails, nothing has been taken
    put_in_line(j, priority);
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
}

// What a task of its own submits stays with the worker, and where there is a bound each has to find room.
std::size_t thread_pool::post_some(std::span<job* const> jobs) noexcept {
    const worker* const me = this_worker();
    if (!in_this_process() || options_.max_pending || (me != nullptr && me->of == home_)) return 0;
    std::size_t taken = 0;
    holding h(lock_);
    try {
        check_open();
        if (alive_ == 0) start_worker();
        for (job* const j : jobs) {
            put_in_line(*j, 0);
            ++taken;
        }
    } catch (...) {
        if (taken == 0) return 0;
    }
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
    return taken;
}

void thread_pool::check_open() const {
    if (program_is_ending()) throw executor_shutdown("submit: the program is ending, and takes no more work");
    const phase now = phase_.load(std::memory_order_relaxed);
    if (now == phase::shut) throw executor_shutdown("submit: this pool was shut down; make a new one");
    if (now == phase::broken)
        throw broken_thread_pool("submit: an initializer of this pool failed; see cause(), and make a new pool",
                                 cause_);
}

// With the lock held. False: the job has been dealt with, and the lock is free.
bool thread_pool::admit(job& j, holding& held) {
    if (has_room()) return true;
    worker* const me = this_worker();
    const bool own_worker = me != nullptr && me->of == home_;
    if (options_.when_full == overflow::fail)
        throw queue_full("submit: " + std::to_string(line_.size()) +
                         " tasks wait already, which is this pool's max_pending");
    if (options_.when_full == overflow::block && !own_worker) return wait_for_room(held);
    held.release();
    if (options_.when_full == overflow::discard) j.refuse(j, nullptr);
    else if (me != nullptr) run_nested(*me, j, j.run);
    else run_as_task_of(home_, j, j.run);
    return false;
}

bool thread_pool::has_room() const noexcept {
    return !options_.max_pending || line_.size() + admitted_ < static_cast<std::size_t>(*options_.max_pending);
}

bool thread_pool::wait_for_room(holding& held) {
    held.release();
    run_deferred();  // the workers may wait for it
    held.acquire(lock_);
    check_open();
    if (has_room()) return true;
    waiter me{.spot = &parker::mine()};
    me.spot->prepare();
    *last_producer_ = &me;
    last_producer_ = &me.next;
    held.release();
    me.spot->park();
    held.acquire(lock_);
    if (me.admitted) --admitted_;
    check_open();
    return true;
}

// With the lock held: whom to unpark because there is room again.
parker* thread_pool::let_producer_in() noexcept {
    waiter* const p = first_producer_;
    if (p == nullptr || !has_room()) return nullptr;
    first_producer_ = p->next;
    if (first_producer_ == nullptr) last_producer_ = &first_producer_;
    p->admitted = true;
    ++admitted_;
    return p->spot;
}

bool thread_pool::take_out(job& j) noexcept {
    holding h(lock_);
    if (!line_.remove(j)) return false;
    line_changed();
    parker* const let_in = let_producer_in();
    h.release();
    if (let_in != nullptr) let_in->unpark();
    return true;
}

// With the lock held.
void thread_pool::put_in_line(job& j, int priority) {
    line_.push(j, priority);
    ++submitted_;
    longest_line_ = std::max(longest_line_, line_.size());
    line_changed();
}

// With the lock held: what others read without it.
void thread_pool::line_changed() noexcept {
    if (has_line_.load(std::memory_order_relaxed) == line_.empty())
        has_line_.store(!line_.empty(), std::memory_order_relaxed);
    const bool urgent = line_.has_urgent();
    if (urgent_.load(std::memory_order_relaxed) != urgent) urgent_.store(urgent, std::memory_order_relaxed);
}

void thread_pool::find_helper() noexcept {
    holding h(lock_);
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
}

// With the lock held: starts workers where too few are free, and says whom to unpark.
parker* thread_pool::call_for_help() noexcept {
    try {
        while (wants_worker()) start_worker();
    } catch (...) {
        // No thread to be had: the workers there are do it all.
    }
    return worker_to_wake();
}

// Also after the end of the pool was asked for: those who wait may wait for what is in the line.
bool thread_pool::wants_worker() const noexcept {
    if (!helpers_.may_grow.load(std::memory_order_relaxed) || phase_.load(std::memory_order_relaxed) == phase::broken)
        return false;
    const std::size_t waiting = jobs_waiting();
    return free_workers(waiting) < waiting;
}

// Those that workers keep come and go meanwhile.
std::size_t thread_pool::jobs_waiting() const noexcept {
    std::size_t waiting = line_.size();
    for (const auto& w : workers_) waiting += w->kept.size();
    return waiting;
}

// How many have nothing to do, or will have nothing in a moment; it stops counting at `enough`. A worker that rests
// looks before it stops resting: whoever counts it twice is told so by that one, which takes a job then.
std::size_t thread_pool::free_workers(std::size_t enough) const noexcept {
    std::size_t free = starting_;
    for (auto w = workers_.begin(); w != workers_.end() && free < enough; ++w)
        if ((*w)->resting()) ++free;
    return free + helpers_.idle.load(std::memory_order_relaxed) + helpers_.looking.load(std::memory_order_relaxed);
}

bool thread_pool::has_free_worker() noexcept {
    const holding h(lock_);
    return free_workers(1) > 0;
}

// With the lock held.
bool thread_pool::is_at_rest() const noexcept {
    return line_.empty() && leaving_ == 0 &&
           helpers_.idle.load(std::memory_order_relaxed) == static_cast<std::size_t>(alive_);
}

void thread_pool::drain() noexcept {
    if (!in_this_process()) return;
    waiter me{.spot = &parker::mine()};
    for (;;) {
        run_deferred();
        holding h(lock_);
        if (is_at_rest()) return;
        me.spot->prepare();
        me.next = std::exchange(drainers_, &me);
        h.release();
        me.spot->park();
    }
}

// With the lock held.
void thread_pool::tell_drainers() noexcept {
    if (!is_at_rest()) return;
    while (drainers_ != nullptr) std::exchange(drainers_, drainers_->next)->spot->unpark();
}

// With the lock held.
parker* thread_pool::worker_to_wake() noexcept {
    if (idle_ == nullptr || helpers_.looking.load(std::memory_order_seq_cst) != 0) return nullptr;
    if (line_.empty() && !something_to_steal()) return nullptr;
    return pop_idle().spot;
}

// It is looking, from here on.
pool_worker& thread_pool::pop_idle() noexcept {
    pool_worker& w = *std::exchange(idle_, idle_->next_idle);
    count_as_looking(w);
    return w;
}

void thread_pool::make_up_for(pool_worker& w) noexcept {
    w.busy();
    find_helper();
}

void thread_pool::shutdown(shutdown_options options) {
    if (!in_this_process()) return;
    const worker* const me = this_worker();
    if (options.wait && me != nullptr && me->of == home_)
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "shutdown: a worker cannot wait for its own pool to end; "
                                "use shutdown({.wait = false}), or call it from another thread");
    job* cancelled = close(phase::shut, options.cancel_futures);
    while (job* const j = cancelled) {
        cancelled = j->next;
        j->refuse(*j, nullptr);
    }
    if (options.wait) join_workers();
}

// The initializer of a worker has failed.
void thread_pool::break_down(const std::exception_ptr& cause) noexcept {
    report_unhandled(cause, "the initializer of a thread pool");
    job* refused = close(phase::broken, true, cause);
    while (job* const j = refused) {
        refused = j->next;
        j->refuse(*j, made_exception<broken_thread_pool>("an initializer of this pool failed before the task could run",
                                                         cause));
    }
}

// Takes no more work, and sends everybody home who waits for some. Gives the queued jobs, if asked:
// a chain by `next`, and no line any more.
job* thread_pool::close(phase end, bool take_all, std::exception_ptr cause) noexcept {
    const holding h(lock_);
    if (phase_.load(std::memory_order_relaxed) != phase::broken) phase_.store(end, std::memory_order_relaxed);
    if (cause_ == nullptr) cause_ = std::move(cause);
    while (idle_ != nullptr) pop_idle().spot->unpark();
    while (first_producer_ != nullptr) std::exchange(first_producer_, first_producer_->next)->spot->unpark();
    last_producer_ = &first_producer_;
    return take_all ? take_all_jobs() : nullptr;
}

job* thread_pool::take_all_jobs() noexcept {
    job* taken = nullptr;
    job** last = &taken;
    const auto add = [&](job& j) {
        *last = &j;
        last = &j.next;
        j.next = nullptr;
    };
    for (const auto& w : workers_)
        while (job* const j = w->kept.steal()) add(*j);
    while (job* const j = line_.pop()) add(*j);
    line_changed();
    return taken;
}

// Those that are still there may have others come (lend), so it looks anew after each.
void thread_pool::join_workers() noexcept {
    holding h(lock_);
    const bool first = !std::exchange(joining_, true);
    h.release();
    run_deferred();
    if (!first) return ended_.get_future().wait();
    for (h.acquire(lock_);; h.acquire(lock_)) {
        const auto left = std::ranges::find_if(workers_, [](const auto& w) { return w->thread.joinable(); });
        if (left == workers_.end()) break;
        platform::os_thread ending = std::move((*left)->thread);
        h.release();
        ending.join();
    }
    h.release();
    ended_.set_result();
}

}  // namespace concur
