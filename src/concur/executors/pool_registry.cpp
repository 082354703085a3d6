#include "concur/executors/pool_registry.hpp"

#include "concur/core/atomic.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/core/worker.hpp"
#include "concur/platform/process.hpp"

#include <new>
#include <utility>

namespace concur {
namespace {

// Usable before main and after it: nothing here is constructed or destroyed at run time.
constinit lock_word registry_lock;
constinit registered_pool* pools = nullptr;  // guarded by registry_lock
constinit bool prepared = false;         // guarded by registry_lock
constinit atomic<bool> ending{false};

// A pool to be ended, kept alive; null when all are.
registered_pool* next_to_end(bool (*wanted)(registered_pool&)) noexcept {
    const holding h(registry_lock);
    for (registered_pool* p = pools; p != nullptr; p = p->next_pool)
        if (wanted(*p) && p->retain_if_alive()) return p;
    return nullptr;
}

// For a worker in the middle of its work, which can end only by exit().
void note_ending() noexcept { ending.store(true, std::memory_order_release); }

// For the main thread, when main has returned: queued work may still use objects that are destroyed
// next. Where that thread leaves by pthread_exit() nothing ends, so the pools are open again after it.
void finish_work() noexcept {
    ending.store(true, std::memory_order_release);
    while (registered_pool* const pool =
               next_to_end([](registered_pool& p) { return !std::exchange(p.drained_by_exit, true); })) {
        pool->drain();
        pool->release();
    }
    ending.store(false, std::memory_order_release);
}

// The child has none of these threads, and may have got the lock in any state. Its own thread may have
// been a worker, in the middle of a task.
void forget_pools() {
    ::new (&registry_lock) lock_word;
    pools = nullptr;
    ending.store(false, std::memory_order_relaxed);
    set_this_worker(nullptr);
    end_work_here();
}

// Queued work is finished first, as Python does. A task that calls exit() is not waited for: it
// would wait for itself.
void end_pools() {
    ending.store(true, std::memory_order_release);
    const bool in_worker = this_worker() != nullptr;
    while (registered_pool* const pool =
               next_to_end([](registered_pool& p) { return !std::exchange(p.ended_by_exit, true); })) {
        pool->end(!in_worker);
        pool->release();
    }
}

}  // namespace

void enter_registry(registered_pool& pool) {
    if (platform::on_main_thread()) platform::at_thread_end(&finish_work);
    const holding h(registry_lock);
    if (!prepared) prepared = platform::at_exit(&end_pools) && platform::in_fork_child(&forget_pools);
    pool.prev_pool = nullptr;
    pool.next_pool = pools;
    if (pools != nullptr) pools->prev_pool = &pool;
    pools = &pool;
}

void leave_registry(registered_pool& pool) noexcept {
    const holding h(registry_lock);
    (pool.prev_pool != nullptr ? pool.prev_pool->next_pool : pools) = pool.next_pool;
    if (pool.next_pool != nullptr) pool.next_pool->prev_pool = pool.prev_pool;
}

void begin_work_here() noexcept { platform::at_thread_end(&note_ending); }

void end_work_here() noexcept { platform::at_thread_end(nullptr); }

bool program_is_ending() noexcept { return ending.load(std::memory_order_acquire); }

}  // namespace concur
