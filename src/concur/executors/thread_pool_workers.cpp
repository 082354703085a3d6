// What the workers of a thread pool do: look for jobs, run them, sleep.
#include "concur/core/looking.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/executors/thread_pool.hpp"
#include "concur/platform/affinity.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace concur {
namespace {

// So often a worker looks first at what is not its newest: whatever its tasks submit, the line and the oldest of
// its own come to their turn.
constexpr unsigned turn_of_others = 61;

// A worker takes so many more from the line at once, at most.
constexpr std::size_t most_at_once = 31;
static_assert(most_at_once < stealing_deque::sure_room);

constexpr int spins_before_sleep = 4;

}  // namespace

void thread_pool::run_worker(void* self) noexcept {
    pool_worker& w = *static_cast<pool_worker*>(self);
    thread_pool& pool = w.pool;
    platform::os_thread before = std::move(w.before);
    pool.bind_thread(w);
    set_this_worker(&w);
    begin_work_here();
    pool.work(w);
    end_work_here();
    set_this_worker(nullptr);
    platform::unbind_this_thread();
    if (before.joinable()) before.join();
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
    note_end(w);
}

// Where none of them is left by now, the system chooses.
void thread_pool::bind_thread(const pool_worker& w) noexcept {
    const auto& places = options_.places;
    if (!places.empty()) platform::bind_this_thread(places[static_cast<std::size_t>(w.index) % places.size()]);
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

// Null: there is none any more.
job* thread_pool::next_job(pool_worker& w) noexcept {
    const bool may_leave = too_many_.load(std::memory_order_relaxed);
    if (job* const j = may_leave ? w.kept.take() : own_job(w)) {
        w.busy();
        return j;
    }
    helpers_.looking.fetch_add(1, std::memory_order_seq_cst);
    w.looks();
    w.idle_too_long = false;
    do {
        if (too_many_.load(std::memory_order_relaxed)) continue;
        if (job* const j = look_around(w)) return j;
    } while (sleep(w));
    return nullptr;
}

// Without looking far. The only worker of a pool keeps nothing but what it took from the line, in its order, and
// comes to the line by itself.
job* thread_pool::own_job(pool_worker& w) noexcept {
    const bool alone = max_workers() == 1;
    if ((++w.turns % turn_of_others == 0 && !alone) || urgent_.load(std::memory_order_relaxed)) {
        if (job* const j = take_from_line(w, false)) return j;
        if (job* const j = alone ? nullptr : w.kept.steal()) return j;
    }
    if (job* const j = w.kept.take()) return j;
    if (w.patience.any() || !has_line_.load(std::memory_order_relaxed)) return nullptr;
    return take_from_line(w, false);
}

// For one that is looking; it is not any more where it gives a job.
job* thread_pool::look_around(pool_worker& w) noexcept {
    w.patience.pass();
    for (looking look(spins_before_sleep);; look.rest()) {
        if (w.starting || has_line_.load(std::memory_order_relaxed))
            if (job* const j = take_from_line(w, true)) return j;
        if (job* const j = steal_for(w)) return j;
        if (!look.go_on() || phase_.load(std::memory_order_relaxed) != phase::open) return nullptr;
    }
}

job* thread_pool::take_from_line(pool_worker& w, bool looks) noexcept {
    bool was_free = true;
    holding h(lock_, was_free);
    count_as_started(w);
    job* const j = line_.pop();
    if (j == nullptr) return nullptr;
    if (looks) helpers_.looking.fetch_sub(1, std::memory_order_seq_cst);
    w.busy();
    take_more(w);
    if (!options_.max_pending && (w.kept.newest() != nullptr || line_.empty()))
        w.patience.learn(was_free, w.kept.size());
    line_changed();
    parker* const let_in = let_producer_in();
    parker* const other = call_for_help();
    h.release();
    if (let_in != nullptr) let_in->unpark();
    if (other != nullptr) other->unpark();
    return j;
}

// With the lock held: its share of the line, so that it need not come again soon. The one that came last goes in
// first, for the owner takes them from the other end.
void thread_pool::take_more(pool_worker& w) noexcept {
    if (options_.max_pending || w.kept.newest() != nullptr) return;
    std::array<job*, most_at_once> taken;
    const std::size_t share = std::min(line_.size() / static_cast<std::size_t>(alive_ + 1), most_at_once);
    std::size_t n = 0;
    while (n < share) {
        job* const j = line_.pop_if_usual();
        if (j == nullptr) break;
        taken[n++] = j;
    }
    while (n > 0) w.kept.push(*taken[--n]);
}

job* thread_pool::steal_for(pool_worker& w) noexcept {
    job* stolen = nullptr;
    for (pool_worker* v = w.next_worker; v != nullptr && stolen == nullptr; v = v->next_worker)
        stolen = v->kept.steal();
    for (pool_worker* v = newest_worker_.load(std::memory_order_acquire); v != nullptr && v != &w && stolen == nullptr;
         v = v->next_worker)
        stolen = v->kept.steal();
    if (stolen == nullptr) return nullptr;
    w.busy();
    kept_jobs::count(w.kept.stolen);
    const bool was_last = helpers_.looking.fetch_sub(1, std::memory_order_seq_cst) == 1;
    if (helpers_.may_grow.load(std::memory_order_seq_cst) ||
        (was_last && helpers_.idle.load(std::memory_order_seq_cst) != 0))
        find_helper();
    return stolen;
}

bool thread_pool::something_to_steal() const noexcept {
    for (pool_worker* v = newest_worker_.load(std::memory_order_acquire); v != nullptr; v = v->next_worker)
        if (v->kept.size() != 0) return true;
    return false;
}

// For one that is looking, as it is again afterwards. False: there is no work any more, and it is not looking.
bool thread_pool::sleep(pool_worker& w) noexcept {
    holding h(lock_);
    count_as_started(w);
    if (alive_ > most_workers()) return leave(w, h);
    if (!line_.empty()) return true;
    if (phase_.load(std::memory_order_relaxed) != phase::open) {
        helpers_.looking.fetch_sub(1, std::memory_order_seq_cst);
        return false;
    }
    if (w.idle_too_long) return leave(w, h);
    w.spot = &parker::mine();
    w.spot->prepare();
    w.next_idle = idle_;
    w.is_idle = true;
    idle_ = &w;
    ++parked_;
    helpers_.idle.fetch_add(1, std::memory_order_seq_cst);
    helpers_.looking.fetch_sub(1, std::memory_order_seq_cst);
    tell_drainers();
    h.release();
    if (!something_to_steal() || !stay_awake(w)) await_call(w);
    return true;
}

// It is looking afterwards.
void thread_pool::await_call(pool_worker& w) noexcept {
    if (w.spot->park(deadline(options_.idle_timeout))) return;
    if (stay_awake(w)) w.idle_too_long = true;
    else w.spot->park();  // somebody wakes it this instant
}

// False: somebody wakes it.
bool thread_pool::stay_awake(pool_worker& w) noexcept {
    const holding h(lock_);
    if (!w.is_idle) return false;
    pool_worker** at = &idle_;
    while (*at != &w) at = &(*at)->next_idle;
    *at = w.next_idle;
    count_as_looking(w);
    return true;
}

// With the lock held: it stood among the idle ones.
void thread_pool::count_as_looking(pool_worker& w) noexcept {
    w.is_idle = false;
    helpers_.looking.fetch_add(1, std::memory_order_seq_cst);
    helpers_.idle.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace concur
