#include "concur/threading/thread_registry.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/platform/process.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace concur::threading {
namespace {

// Usable before main and after it: nothing here is constructed or destroyed at run time.
constinit lock_word list_lock;
constinit thread_record* first_living = nullptr;  // guarded by list_lock, as all of these
constinit waited_for* first_waited_for = nullptr;
constinit thread_record* main_record = nullptr;   // never destroyed
constinit std::uint64_t names_given = 0;
constinit bool registry_watched = false;
constinit bool end_watched = false;
constinit bool ended = false;
constinit const void* main_end_watched_by = nullptr;  // the block of the main thread

// A thread to be waited for, with a share of it; null when all have ended.
thread_record* next_awaited() noexcept {
    const holding h(list_lock);
    thread_record* r = first_living;
    while (r != nullptr && !r->awaited_at_exit()) r = r->next_living;
    if (r != nullptr) r->add_share();
    return r;
}

waited_for* next_awaited_timer() noexcept {
    const holding h(list_lock);
    waited_for* w = first_waited_for;
    while (w != nullptr && !w->awaited) w = w->next_waited_for;
    if (w != nullptr) w->add_share();
    return w;
}

bool a_timer_runs_here() noexcept {
    const parker* const here = &parker::mine();
    const holding h(list_lock);
    const waited_for* w = first_waited_for;
    while (w != nullptr && w->runs_on != here) w = w->next_waited_for;
    return w != nullptr;
}

bool wait_for_a_thread() noexcept {
    thread_record* const r = next_awaited();
    if (r == nullptr) return false;
    r->join_at_exit();
    r->drop_share();
    return true;
}

bool wait_for_a_timer() noexcept {
    waited_for* const w = next_awaited_timer();
    if (w == nullptr) return false;
    w->wait_at_exit();
    w->drop_share();
    return true;
}

// Those that are started meanwhile, too.
void wait_for_all() noexcept {
    while (wait_for_a_thread() || wait_for_a_timer()) continue;
}

// main has returned: what threads do may need objects that are destroyed next.
void main_ends(platform::thread_end&) noexcept {
    {
        const holding h(list_lock);
        main_end_watched_by = nullptr;
    }
    wait_for_all();
}
constinit platform::thread_end when_main_ends(&main_ends);

// Where exit() is called on a thread that others may wait for, nobody is waited for: they could wait for it.
void program_ends() {
    const thread_record* const me = known_record_of_this_thread();
    const bool may_be_awaited =
        this_worker() != nullptr || (me != nullptr && me->was_started_here()) || a_timer_runs_here();
    if (!may_be_awaited) wait_for_all();
    const holding h(list_lock);
    ended = true;
}

// The child has this thread alone, and may have got the lock in any state.
void forget_threads() {
    ::new (&list_lock) lock_word;
    first_living = nullptr;
    first_waited_for = nullptr;
    ended = false;
    main_record = known_record_of_this_thread();
    if (main_record != nullptr) main_record->survive_fork();
}

// False: there are more than there is room for.
bool copy_living(std::vector<thread_record*>& into) noexcept {
    const holding h(list_lock);
    std::size_t n = 0;
    for (const thread_record* r = first_living; r != nullptr; r = r->next_living) ++n;
    if (n > into.capacity()) return false;
    for (thread_record* r = first_living; r != nullptr; r = r->next_living) {
        r->add_share();
        into.push_back(r);
    }
    return true;
}

void watch_forks() noexcept {
    if (!registry_watched) registry_watched = platform::in_fork_child(&forget_threads);
}

}  // namespace

lock_word& registry_lock() noexcept { return list_lock; }

void enter_living(thread_record& r) noexcept {
    watch_forks();
    r.prev_living = nullptr;
    r.next_living = first_living;
    if (first_living != nullptr) first_living->prev_living = &r;
    first_living = &r;
}

void leave_living(thread_record& r) noexcept {
    (r.prev_living != nullptr ? r.prev_living->next_living : first_living) = r.next_living;
    if (r.next_living != nullptr) r.next_living->prev_living = r.prev_living;
}

void enter_waited_for(waited_for& w) noexcept {
    watch_forks();
    w.prev_waited_for = nullptr;
    w.next_waited_for = first_waited_for;
    if (first_waited_for != nullptr) first_waited_for->prev_waited_for = &w;
    first_waited_for = &w;
}

void leave_waited_for(waited_for& w) noexcept {
    (w.prev_waited_for != nullptr ? w.prev_waited_for->next_waited_for : first_waited_for) = w.next_waited_for;
    if (w.next_waited_for != nullptr) w.next_waited_for->prev_waited_for = w.prev_waited_for;
}

void watch_program_end() {
    const bool on_main = platform::on_main_thread();
    const void* const here = platform::thread_block();
    holding h(list_lock);
    if (ended) throw std::logic_error("start(): the program is ending, and waits for no thread any more");
    if (!end_watched) end_watched = platform::at_exit(&program_ends);
    if (!on_main || main_end_watched_by == here) return;
    main_end_watched_by = here;
    h.release();
    platform::when_this_thread_ends(when_main_ends);
}

thread_record* known_record_of_this_thread() noexcept {
    const thread_state* const state = thread_state::mine_if_any();
    return state != nullptr ? state->record : nullptr;
}

bool this_thread_begets_daemons() noexcept {
    const thread_record* const me = known_record_of_this_thread();
    return me != nullptr && me->passes_daemon_on();
}

thread_record& record_of_this_thread() {
    if (thread_record* const known = known_record_of_this_thread()) return *known;
    if (platform::on_main_thread()) return record_of_main();
    auto fresh = std::make_unique<thread_record>(thread_record::origin::stranger, next_thread_name("Dummy-"));
    fresh->become();
    return *fresh.release();  // the thread's own
}

thread_record& record_of_main() {
    holding h(list_lock);
    thread_record* found = main_record;
    h.release();
    if (found == nullptr) {
        auto fresh = std::make_unique<thread_record>(thread_record::origin::main_thread, "MainThread");
        h.acquire(list_lock);
        if (main_record == nullptr) {
            main_record = fresh.release();
            enter_living(*main_record);
        }
        found = main_record;
        h.release();
    }
    if (platform::on_main_thread()) thread_state::mine().record = found;
    return *found;
}

std::vector<thread_record*> living_records() {
    record_of_main();
    std::vector<thread_record*> all;
    while (!copy_living(all)) all.reserve(living_count());
    std::ranges::reverse(all);  // the oldest first
    return all;
}

std::size_t living_count() {
    record_of_main();
    const holding h(list_lock);
    std::size_t n = 0;
    for (const thread_record* r = first_living; r != nullptr; r = r->next_living) ++n;
    return n;
}

std::string next_thread_name(const char* kind) {
    holding h(list_lock);
    const std::uint64_t n = ++names_given;
    h.release();
    return kind + std::to_string(n);
}

}  // namespace concur::threading
