#include "concur/executors/process_pool.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/multiprocessing/freeze_support.hpp"
#include "concur/multiprocessing/server_link.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/process.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <system_error>
#include <utility>

namespace concur {
namespace {

multiprocessing::worker_settings settings_of(const process_pool_options& o) {
    return {.memory = o.limits.memory,
            .cpu_ns = o.limits.cpu.is_endless() ? 0 : o.limits.cpu.ns(),
            .files = o.limits.files,
            .strict_sandbox = o.sandbox == sandbox::strict ? 1u : 0u};
}

// Of limited memory a worker is to be able to map more than one segment.
std::size_t segment_step(const process_pool_options& o) {
    constexpr std::size_t usual = multiprocessing::arena::usual_step;
    return o.limits.memory > 0 ? std::min(usual, static_cast<std::size_t>(o.limits.memory) / 16) : usual;
}

// The news of a start takes a moment.
constexpr std::chrono::milliseconds longest_news{100};

}  // namespace

process_pool::process_pool(process_pool_options options)
    : options_(std::move(options)),
      settings_(settings_of(options_)),
      generation_(platform::fork_generation()),
      memory_(multiprocessing::arena::usual_kept, segment_step(options_)) {
    const auto& request = options_.initializer.request();
    if (request.size() > remote_request::room) {
        initializer_memory_ = memory_.lease(request.size());
        std::memcpy(initializer_memory_.at, request.data(), request.size());
    }
    if (options_.start_method == start_method::fork) {
        poller_ = std::make_unique<platform::poller>();
        start_server();
    }
    enter_registry(*this);
}

process_pool::~process_pool() {
    if (in_this_process()) leave_registry(*this);
    else if (server_ != nullptr) server_->abandon();
}

void process_pool::release() noexcept {
    if (owners_.drop()) delete this;
}

bool process_pool::in_this_process() const noexcept { return generation_ == platform::fork_generation(); }

void process_pool::check_open() const {
    if (program_is_ending()) throw executor_shutdown("submit: the program is ending, and takes no more work");
    if (phase_ == phase::shut) throw executor_shutdown("submit: this pool was shut down; make a new one");
    if (phase_ == phase::broken) throw broken_process_pool("submit: " + broken_what_ + "; make a new pool", cause_);
}

// Workers that sleep hold what was given up until they are told.
void process_pool::give_back(const memory_lease& lease) noexcept {
    if (!memory_.give_back(lease) || !in_this_process()) return;
    const holding h(lock_);
    if (poller_ != nullptr) poller_->wake();
}

void process_pool::post_remote(remote_task& t, int priority) {
    if (!in_this_process())
        throw broken_process_pool(
            "this pool belongs to the parent of this process: make a pool in the child, after fork()");
    holding h(lock_);
    check_open();
    if (t.taken_back) {  // its time was over at once
        h.release();
        return t.core().release();
    }
    start_up();
    pending_.push(t, priority);
    t.stands = remote_task::stage::queued;
    t.priority = priority;
    make_way(priority);
    assign();
}

// Where it fails nothing has been taken, and the next submit() tries again.
void process_pool::start_up() {
    if (poller_ == nullptr) poller_ = std::make_unique<platform::poller>();
    if (options_.start_method != start_method::fork) multiprocessing::check_can_be_worker();
    if (workers_.empty()) start_worker();
    if (collecting_) return;
    retain();
    try {
        collector_ = platform::os_thread::start(&run_collector, this);
    } catch (...) {
        owners_.drop();  // never the last: the caller has one
        throw;
    }
    collecting_ = true;
}

void process_pool::start_server() {
    const auto& local = options_.initializer.local();
    auto fresh = std::make_unique<multiprocessing::server_link>(options_.start_method, local ? &local : nullptr);
    poller_->add(fresh->socket(), 0);
    server_ = std::move(fresh);
    server_spoke_ = false;
}

void process_pool::start_worker() {
    if (server_ == nullptr) start_server();
    workers_.reserve(workers_.size() + 1);
    auto fresh = std::make_shared<worker_link>(++ids_, settings_, options_.max_tasks_per_child.value_or(LONG_MAX));
    poller_->add(fresh->socket.get(), fresh->id * 2);
    poller_->add(fresh->errors.get(), fresh->id * 2 + 1);
    bool told = true;
    if (options_.initializer)
        told = fresh->send_initializer(options_.initializer.request(), initializer_memory_, memory_);
    if (!told || !fresh->start(*server_))
        throw broken_process_pool("the process that starts this pool's workers is gone");
    workers_.push_back(std::move(fresh));
    expect_news();
}

bool process_pool::could_start_worker() noexcept {
    if (starts_fail_ || std::cmp_greater_equal(workers_.size(), *options_.max_workers)) return false;
    try {
        start_worker();
        return true;
    } catch (...) {
        starts_fail_ = true;  // until a task is done, and with it something given back
        why_no_start_ = std::current_exception();
        return false;
    }
}

// Who gets the next task: one that has nothing to do, a new one, or the least busy that may have more.
process_pool::worker_link* process_pool::pick() noexcept {
    worker_link* best = nullptr;
    for (const worker_ptr& w : workers_) {
        if (!w->takes_tasks()) continue;
        if (w->is_idle()) return w.get();
        if (w->unanswered < w->depth() && (best == nullptr || w->unanswered < best->unanswered)) best = w.get();
    }
    return could_start_worker() ? workers_.back().get() : best;
}

void process_pool::assign() noexcept {
    if (phase_ == phase::broken) return;
    while (!pending_.empty()) {
        worker_link* const w = pick();
        if (w == nullptr) return;
        hand_over(*w, static_cast<remote_task&>(*pending_.pop()));
    }
}

// What is less urgent and was sent ahead comes back into the line.
void process_pool::make_way(int priority) noexcept {
    least_sent_ = std::min(least_sent_, priority);
    if (priority <= least_sent_) return;
    for (const worker_ptr& w : workers_)
        for (remote_task* t = w->newest(); t != nullptr && t->priority < priority && w->take_back(*t); t = w->newest())
            put_back(*t);
}

// In front of its equals: it was there before.
void process_pool::put_back(remote_task& t) noexcept {
    pending_.push_front(t, t.priority);
    t.stands = remote_task::stage::queued;
}

void process_pool::hand_over(worker_link& w, remote_task& t) noexcept {
    if (w.send(t, memory_)) return;
    put_back(t);
    condemn(w, "it did not take what it was sent");
}

// One that has nothing to do gets half of what waits behind another's task.
void process_pool::balance() noexcept {
    if (!pending_.empty() || workers_.size() < 2 || phase_ == phase::broken) return;
    const auto idle = std::ranges::find_if(workers_, [](const auto& w) { return w->is_idle() && w->takes_tasks(); });
    if (idle == workers_.end()) return;
    const auto busiest = std::ranges::max_element(workers_, {}, [](const auto& w) { return w->unanswered; });
    for (std::uint32_t n = (*busiest)->unanswered / 2; n > 0 && (*idle)->takes_tasks(); --n) {
        remote_task* const t = (*busiest)->take_back();
        if (t == nullptr) return;
        hand_over(**idle, *t);
    }
}

// Why its end is near. What was said first stays.
void process_pool::blame(worker_link& w, const char* cause) noexcept {
    if (std::exchange(w.condemned, true)) return;
    try {
        w.cause = cause;
    } catch (...) {
        w.cause.clear();
    }
}

// It is of no use any more; its end will be reported.
void process_pool::condemn(worker_link& w, const char* cause) noexcept {
    if (w.condemned) return;
    blame(w, cause);
    if (server_ != nullptr) server_->signal_worker(w.id, platform::kill_signal);
    expect_news();
}

// With the lock held: the server has something to tell, and is watched until it has.
void process_pool::expect_news() noexcept {
    if (silent_since_ != 0) return;
    silent_since_ = platform::steady_ns();
    poller_->wake();
}

bool process_pool::recall(remote_task& t, bool& had_share) noexcept {
    const holding h(lock_);
    switch (t.stands) {
        case remote_task::stage::outside: return t.taken_back = true;
        case remote_task::stage::answered: return false;
        case remote_task::stage::queued:
            pending_.remove(t);
            t.stands = remote_task::stage::outside;
            had_share = true;
            break;
        case remote_task::stage::sent: had_share = static_cast<worker_link*>(t.where)->take_back(t); break;
    }
    // It may have been the last one, and its worker need not say a word of it.
    if (had_share && end_is_awaited()) poller_->wake();
    return had_share;
}

bool process_pool::is_running(const remote_task& t) noexcept {
    const holding h(lock_);
    if (t.stands == remote_task::stage::answered) return true;
    return t.stands == remote_task::stage::sent && static_cast<worker_link*>(t.where)->is_running(t);
}

bool process_pool::ask_to_stop(remote_task& t) noexcept {
    const holding h(lock_);
    if (!t.takes_token() || t.stands == remote_task::stage::answered) return false;
    t.stop_wanted = true;
    if (t.stands == remote_task::stage::sent) static_cast<worker_link*>(t.where)->channel.ask_to_stop(t.number);
    return true;
}

// A chain by `next`, and in no line any more: what no worker has begun.
job* process_pool::take_pending() noexcept {
    job* taken = nullptr;
    job** last = &taken;
    const auto add = [&](remote_task& t) {
        t.stands = remote_task::stage::outside;
        *last = &t;
        last = &t.next;
    };
    while (job* const j = pending_.pop()) add(static_cast<remote_task&>(*j));
    for (const worker_ptr& w : workers_)
        while (remote_task* const t = w->take_back()) add(*t);
    return taken;
}

void process_pool::end_server() noexcept {
    const auto server = [this] {
        const holding h(lock_);
        return std::move(server_);
    }();
}

// Once made it stays; a time-out may be about to make it.
thread_pool_executor* process_pool::callback_home() noexcept {
    const holding h(lock_);
    return callbacks_.get();
}

bool process_pool::is_callback_thread() noexcept {
    if (reading::is_under_way(&callbacks_)) return true;
    const holding h(lock_);
    const worker* const me = this_worker();
    return me != nullptr && callbacks_ != nullptr && me->of == callbacks_->id();
}

void process_pool::shutdown(shutdown_options options) {
    if (!in_this_process()) return;
    if (options.wait && is_callback_thread())
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "shutdown: a callback of this pool cannot wait for it to end; "
                                "use shutdown({.wait = false}), or call it from another thread");
    if (options.wait && reading::is_under_way(this)) throw_reads_and_waits();
    holding h(lock_);
    if (phase_ == phase::open) phase_ = phase::shut;
    job* cancelled = options.cancel_futures ? take_pending() : nullptr;
    const bool collecting = collecting_;
    platform::os_thread collector = options.wait ? std::move(collector_) : platform::os_thread();
    h.release();
    while (job* const j = cancelled) {
        cancelled = j->next;
        j->next = nullptr;
        j->refuse(*j, nullptr);
    }
    if (collecting) poller_->wake();
    if (!options.wait) return;
    run_deferred();
    if (collecting) ended_.get_future().wait();
    if (collector.joinable()) collector.join();
    if (thread_pool_executor* const callers = callback_home()) callers->shutdown();
    if (!collecting) end_server();
}

void process_pool::drain() noexcept {
    if (!in_this_process()) return;
    try {
        run_deferred();
        promise<void> told;
        const future<void> idle = told.get_future();
        {
            const holding h(lock_);
            if (is_idle() || !collecting_) return;
            drainers_.push_back(std::move(told));
        }
        poller_->wake();
        idle.wait();
    } catch (...) {
        // No memory: the program ends without waiting.
    }
}

void process_pool::end_workers(int signal) {
    if (!in_this_process()) return;
    holding h(lock_);
    ending_workers_ = true;
    for (const worker_ptr& w : workers_) {
        w->condemned = true;
        try {
            w->cause = "the pool was told to end its workers";
        } catch (...) {
            w->cause.clear();
        }
        if (server_ != nullptr) server_->signal_worker(w->id, signal);
        expect_news();
    }
    if (signal != platform::kill_signal && !options_.stop_grace.is_endless())
        kill_at_ = platform::steady_ns() + options_.stop_grace.ns();
    h.release();
    shutdown({.wait = false, .cancel_futures = true});
}

// A worker may have answered before the news of its start was read.
std::vector<std::int64_t> process_pool::worker_pids() {
    for (;;) {
        promise<void> news;
        const future<void> told = news.get_future();
        {
            const holding h(lock_);
            const bool all_known = std::ranges::all_of(
                workers_, [](const auto& w) { return w->pid != 0 || w->condemned || !w->is_ready(); });
            if (all_known || !collecting_) return known_pids();
            pid_seekers_.push_back(std::move(news));
        }
        if (!told.wait_for(longest_news)) break;
    }
    const holding h(lock_);
    return known_pids();
}

std::vector<std::int64_t> process_pool::known_pids() const {
    std::vector<std::int64_t> pids;
    for (const worker_ptr& w : workers_)
        if (w->pid != 0) pids.push_back(w->pid);
    return pids;
}

}  // namespace concur
