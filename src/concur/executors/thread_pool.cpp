#include "concur/executors/thread_pool.hpp"

#include "concur/core/report_unhandled.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/platform/process.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace concur {
void pool_worker::going_on() noexcept {
    if (nested == 0 && resting()) pool.make_up_for(*this);
}

bool pool_worker::take_out(job& j) noexcept { return pool.take_out(j); }

bool pool_worker::others_are_free() noexcept { return pool.has_free_worker(); }

thread_pool::thread_pool(std::uint64_t home_id, thread_pool_options options)
    : home_(home_id),
      options_(std::move(options)),
      max_workers_(static_cast<int>(*options_.max_workers)),
      generation_(platform::fork_generation()) {
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
    return alive_;
}

void thread_pool::post(job& j, int priority) {
    if (!in_this_process())
        throw broken_thread_pool(
            "this pool has its threads in the parent of this process: "
            "make a pool in the child, after fork()");
    holding h(lock_);
    check_open();
    if (!admit(j, h)) return;
    if (alive_ == 0) start_worker();  // where that fails, nothing has been taken
    queued_.push(j, priority);
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
}

void thread_pool::check_open() const {
    if (program_is_ending()) throw executor_shutdown("submit: the program is ending, and takes no more work");
    if (phase_ == phase::shut) throw executor_shutdown("submit: this pool was shut down; make a new one");
    if (phase_ == phase::broken)
        throw broken_thread_pool("submit: an initializer of this pool failed; see cause(), and make a new pool",
                                 cause_);
}

// With the lock held. False: the job has been dealt with, and the lock is free.
bool thread_pool::admit(job& j, holding& held) {
    if (has_room()) return true;
    worker* const me = this_worker();
    const bool own_worker = me != nullptr && me->of == home_;
    if (options_.when_full == overflow::fail)
        throw queue_full("submit: " + std::to_string(queued_.size()) +
                         " tasks wait already, which is this pool's max_pending");
    if (options_.when_full == overflow::block && !own_worker) return wait_for_room(held);
    held.release();
    if (options_.when_full == overflow::discard) j.refuse(j, nullptr);
    else if (me != nullptr) run_nested(*me, j, j.run);
    else j.run(j);
    return false;
}

bool thread_pool::has_room() const noexcept {
    return !options_.max_pending || queued_.size() + admitted_ < static_cast<std::size_t>(*options_.max_pending);
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
    if (!queued_.remove(j)) return false;
    parker* const let_in = let_producer_in();
    h.release();
    if (let_in != nullptr) let_in->unpark();
    return true;
}

// With the lock held: starts a worker where too few are free, or says whom to unpark.
parker* thread_pool::call_for_help() noexcept {
    if (queued_.empty()) return nullptr;
    if (!wants_worker()) return worker_to_wake();
    try {
        start_worker();
    } catch (...) {
        // No thread to be had: the workers there are do it all.
    }
    return nullptr;
}

bool thread_pool::wants_worker() const noexcept {
    return alive_ < max_workers_ && phase_ == phase::open && free_workers(queued_.size()) < queued_.size();
}

// How many have nothing to do, or will have nothing in a moment; it stops counting at `enough`.
std::size_t thread_pool::free_workers(std::size_t enough) const noexcept {
    std::size_t free = idle_count_ + starting_ + (waking_ ? 1 : 0);
    for (auto w = workers_.begin(); w != workers_.end() && free < enough; ++w)
        if ((*w)->resting()) ++free;
    return free;
}

bool thread_pool::has_free_worker() noexcept {
    const holding h(lock_);
    return free_workers(1) > 0;
}

void thread_pool::drain() noexcept {
    if (!in_this_process()) return;
    waiter me{.spot = &parker::mine()};
    for (;;) {
        run_deferred();
        holding h(lock_);
        if (queued_.empty() && idle_count_ == static_cast<std::size_t>(alive_)) return;
        me.spot->prepare();
        me.next = std::exchange(drainers_, &me);
        h.release();
        me.spot->park();
    }
}

// With the lock held.
void thread_pool::tell_drainers() noexcept {
    if (!queued_.empty() || idle_count_ != static_cast<std::size_t>(alive_)) return;
    while (drainers_ != nullptr) std::exchange(drainers_, drainers_->next)->spot->unpark();
}

void thread_pool::start_worker() {
    workers_.reserve(workers_.size() + 1);
    auto fresh = std::make_unique<pool_worker>(*this, home_, static_cast<int>(workers_.size()));
    retain();
    try {
        fresh->thread = platform::os_thread::start(&run_worker, fresh.get());
    } catch (...) {
        owners_.drop();  // never the last: the caller has one
        throw;
    }
    workers_.push_back(std::move(fresh));
    ++alive_;
    ++starting_;
}

parker* thread_pool::worker_to_wake() noexcept {
    if (idle_ == nullptr || waking_) return nullptr;
    pool_worker* const w = std::exchange(idle_, idle_->next_idle);
    --idle_count_;
    waking_ = true;
    return w->spot;
}

void thread_pool::make_up_for(pool_worker& w) noexcept {
    w.busy();
    holding h(lock_);
    parker* const wake = call_for_help();
    h.release();
    if (wake != nullptr) wake->unpark();
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
    if (phase_ != phase::broken) phase_ = end;
    if (cause_ == nullptr) cause_ = std::move(cause);
    while (idle_ != nullptr) std::exchange(idle_, idle_->next_idle)->spot->unpark();
    idle_count_ = 0;
    while (first_producer_ != nullptr) std::exchange(first_producer_, first_producer_->next)->spot->unpark();
    last_producer_ = &first_producer_;
    job* taken = nullptr;
    for (job** last = &taken; take_all && !queued_.empty(); last = &(*last)->next) *last = queued_.pop();
    return taken;
}

void thread_pool::join_workers() noexcept {
    holding h(lock_);
    const bool first = !std::exchange(joining_, true);
    std::vector<std::unique_ptr<pool_worker>> leaving;
    if (first) leaving.swap(workers_);
    h.release();
    run_deferred();
    for (const auto& w : leaving) w->thread.join();
    if (first) ended_.set_result();
    else ended_.get_future().wait();
}

void thread_pool::run_worker(void* self) noexcept {
    pool_worker& w = *static_cast<pool_worker*>(self);
    thread_pool& pool = w.pool;
    set_this_worker(&w);
    begin_work_here();
    pool.work(w);
    end_work_here();
    set_this_worker(nullptr);
    pool.release();
}

void thread_pool::work(pool_worker& w) noexcept {
    platform::name_this_thread((options_.thread_name_prefix + "_" + std::to_string(w.index)).c_str());
    const bool initialized = initialize(w);
    while (job* const j = initialized ? next_job(w) : nullptr) j->run(*j);
    try {
        if (initialized && options_.on_worker_exit) options_.on_worker_exit();
    } catch (...) {
        report_unhandled(std::current_exception(), "on_worker_exit of a thread pool");
    }
    const holding h(lock_);
    count_as_started(w);
    --alive_;
    tell_drainers();
}

bool thread_pool::initialize(pool_worker& w) noexcept {
    if (!options_.initializer) return true;
    w.initializing = true;
    try {
        options_.initializer();
    } catch (...) {
        break_down(std::current_exception());
        return false;
    }
    w.initializing = false;
    return true;
}

// With the lock held: in one step with what comes next, so that it is counted once at any moment.
void thread_pool::count_as_started(pool_worker& w) noexcept {
    if (std::exchange(w.starting, false)) --starting_;
}

job* thread_pool::next_job(pool_worker& w) noexcept {
    holding h(lock_);
    count_as_started(w);
    for (;;) {
        if (job* const j = queued_.pop()) {
            w.busy();
            parker* const let_in = let_producer_in();
            parker* const other = call_for_help();
            h.release();
            if (let_in != nullptr) let_in->unpark();
            if (other != nullptr) other->unpark();
            return j;
        }
        if (phase_ != phase::open) return nullptr;
        sleep(w, h);
    }
}

void thread_pool::sleep(pool_worker& w, holding& held) noexcept {
    w.busy();  // idle_ counts it from here on
    w.spot = &parker::mine();
    w.spot->prepare();
    w.next_idle = idle_;
    idle_ = &w;
    ++idle_count_;
    tell_drainers();
    held.release();
    w.spot->park();
    held.acquire(lock_);
    waking_ = false;
}

}  // namespace concur
