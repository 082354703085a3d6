// The collector: takes answers out of the workers' channels and finishes futures.
#include "concur/core/this_thread.hpp"
#include "concur/executors/process_pool.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/multiprocessing/server_link.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/platform/clock.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

namespace concur {

using multiprocessing::answer_kind;
using multiprocessing::answer_slot;
using multiprocessing::message_place;
using multiprocessing::ring_size;

namespace {

// After so many the other workers' answers have their turn.
constexpr int most_rounds = 16;

// Between the end of a worker's connection and the news of its death, in nanoseconds.
constexpr std::int64_t longest_silence = 500'000'000;

// Between an order to retire and the end of a worker that has nothing to do, in nanoseconds.
constexpr std::int64_t longest_leaving = 5'000'000'000;

// What others were not ready to take is offered again after so many nanoseconds.
constexpr std::int64_t soon = 20'000'000;

}  // namespace

void process_pool::run_collector(void* self) noexcept {
    platform::name_this_thread("concur-collect");
    auto& pool = *static_cast<process_pool*>(self);
    pool.collect_until_end();
    pool.release();
}

void process_pool::collect_until_end() noexcept {
    std::array<platform::poller::event, platform::poller::most_events> events;
    while (!has_ended()) {
        tell_of_gone_segments();
        const bool busy = collect_all() || !may_sleep();
        end_overdue_workers();
        const int count = poller_->wait(events, busy ? 0 : longest_sleep());
        for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    }
    end_server();
    if (initializer_memory_.at != nullptr) memory_.give_back(std::exchange(initializer_memory_, {}));
    memory_.keep_nothing();
    ended_.set_result();
}

// When no work is left the workers go home, and when they are gone so does the collector.
bool process_pool::has_ended() noexcept {
    holding h(lock_);
    if (is_idle()) {
        std::vector<promise<void>> told = std::move(drainers_);
        h.release();
        for (promise<void>& p : told) p.set_result();
        h.acquire(lock_);
    }
    if (phase_ == phase::open || !pending_.empty()) return false;
    for (const worker_ptr& w : workers_)
        if (w->is_idle() && !w->condemned) w->retire();
    return workers_.empty();
}

// With the lock held: no work is queued or being done.
bool process_pool::is_idle() noexcept {
    return pending_.empty() && std::ranges::all_of(workers_, [](const auto& w) { return w->is_idle(); });
}

// Likewise: the collector has something to do when none is left.
bool process_pool::end_is_awaited() const noexcept { return phase_ != phase::open || !drainers_.empty(); }

bool process_pool::collect_all() noexcept {
    bool any = false;
    std::array<worker_ptr, 16> some;
    for (std::size_t from = 0, count = some.size(); count == some.size(); from += count) {
        {
            const holding h(lock_);
            count = std::min(some.size(), workers_.size() - std::min(from, workers_.size()));
            for (std::size_t i = 0; i < count; ++i) some[i] = workers_[from + i];
        }
        for (std::size_t i = 0; i < count; ++i) any |= some[i]->channel.answer_waits() && collect(*some[i]);
    }
    return any;
}

bool process_pool::may_sleep() noexcept {
    const holding h(lock_);
    bool may = true;
    for (const worker_ptr& w : workers_)
        if (w->watchers == 0) may &= w->channel.may_sleep() || w->condemned;
    return may;
}

// Before the answers were taken their slots were in the way of new requests; where requests are still out, their
// answers bring somebody here again.
bool process_pool::is_to_go_on(const worker_link& w, std::uint32_t just_taken) noexcept {
    return w.channel.answer_waits() || just_taken >= ring_size / 2 || w.lost_segment;
}

bool process_pool::collect(worker_link& w) noexcept {
    const holding c(w.collecting);
    const reading now(this);
    taken_answers found;
    bool any = false;
    for (int rounds = most_rounds; rounds > 0; --rounds) {
        detach(w, found);
        if (found.count == 0) break;
        any = true;
        for (std::uint32_t i = 0; i < found.tasks; ++i) deliver(w, found.of[i], found.only);
        if (found.only) w.channel.take(1, found.only->holds_memory != 0);
        else w.channel.take(found.count);
        if (!is_to_go_on(w, found.count)) break;
    }
    return any;
}

// Takes the tasks whose answers have come off the worker, and gives it new ones.
void process_pool::detach(worker_link& w, taken_answers& into) noexcept {
    into.tasks = 0;
    const holding h(lock_);
    into.count = w.channel.answers();
    if (w.channel.is_lie(into.count)) {
        condemn(w, "it answered what it was not asked");
        into.count = 0;
        return;
    }
    into.only = into.count == 1 ? w.channel.only_answer() : std::nullopt;
    for (std::uint32_t i = 0; i < into.count; ++i) {
        remote_task* const t = std::exchange(w.flight(w.channel.next_answer() + i), nullptr);
        if (t == nullptr) {
            if (std::exchange(w.initializing, false)) into.of[into.tasks++] = {nullptr, i};
            continue;
        }
        t->stands = remote_task::stage::answered;
        --w.unanswered;
        w.note_run_time(into.only ? into.only->run_ns : multiprocessing::copy_of(w.channel.answer(i).run_ns));
        into.of[into.tasks++] = {t, i};
    }
    if (into.count != 0) early_deaths_ = 0, starts_fail_ = false;
    if (!w.retiring && (w.has_served() || w.lost_segment)) {
        w.retire();
        poller_->wake();  // the collector sees to it that it goes
    }
    assign();
    balance();
    // Another thread may have taken the last answer, and the collector ends the pool.
    if (into.count != 0 && end_is_awaited() && is_idle()) poller_->wake();
}

process_pool::found_bytes process_pool::bytes_of(worker_link& w, std::uint32_t at, answer_room& copy) {
    const answer_slot& shared = w.channel.answer(at);
    const message_place place = multiprocessing::copy_of(shared.place);
    const answer_kind kind = multiprocessing::copy_of(shared.kind);
    const std::byte* const bytes = w.bytes_of(shared, place, copy);
    if (bytes == nullptr && w.lost_segment)
        throw std::system_error(std::make_error_code(std::errc::too_many_files_open),
                                "the memory that the result lies in could not be received: raise the limit of open "
                                "files (ulimit -n)");
    if (bytes == nullptr) throw pickling_error("the worker's answer lies where it has no memory");
    return {kind, bytes, place.size};
}

void process_pool::deliver(worker_link& w, const taken_answer& a,
                           const std::optional<multiprocessing::short_answer>& only) noexcept {
    remote_task* const t = a.task;
    if (t != nullptr && !t->core().start()) return t->core().release();
    answer_room copy;
    try {
        const found_bytes found =
            only ? found_bytes{only->kind, only->bytes(), only->size} : bytes_of(w, a.place, copy);
        if (found.kind == answer_kind::exception) {
            const std::exception_ptr error =
                pickle::unpack_exception({reinterpret_cast<const char*>(found.at), found.size});
            if (t == nullptr) w.initializer_error = error;
            else t->core().set_error(error);
        } else if (t != nullptr) {
            pickle::reader in(found.at, found.size);
            t->take_value(in);
        }
    } catch (...) {
        if (t == nullptr) return;  // its end will tell
        t->core().set_error(std::current_exception());
    }
    if (t != nullptr) finish(*t);
}

// Callbacks may take as long as they like: they have a thread of their own.
void process_pool::finish(remote_task& t) noexcept {
    t.forget();
    job_line rest = t.core().finish_without_callbacks();
    if (rest.empty()) return t.core().release();
    t.callbacks = std::move(rest);
    let_go(t);
}

// Its future is done: what is left are its callbacks, and a share of it.
void process_pool::let_go(remote_task& t) noexcept {
    if (t.callbacks.empty()) return t.core().release();
    if (call_back(t)) return;
    const reading here(&callbacks_);  // at the end of the program: this thread is in their place
    remote_task::run_callbacks(t);
}

bool process_pool::call_back(remote_task& t) noexcept {
    t.run = &remote_task::run_callbacks;
    try {
        thread_pool_executor* home = nullptr;
        {
            const holding h(lock_);
            if (callbacks_ == nullptr) callbacks_ = std::make_unique<thread_pool_executor>(1);
            home = callbacks_.get();
        }
        home->post(t);
        return true;
    } catch (...) {
        return false;
    }
}

void process_pool::handle(const platform::poller::event& e) noexcept {
    if (e.token == 0) return read_reports();
    const worker_ptr w = worker_of(e.token / 2);
    if (w == nullptr) return;
    if (e.token % 2 == 1) {
        if (e.hung_up || !platform::can_write(2)) poller_->remove(w->errors.get());
        if (e.hung_up || platform::can_write(2)) return w->read_errors();
        w->errors_held = some_errors_held_ = true;  // it waits, and the others do not
        return;
    }
    const holding c(w->collecting);
    if (w->read_packets() != worker_link::packets::none_any_more && !e.hung_up) return;
    poller_->remove(w->socket.get());
    w->hung_up_at = platform::steady_ns();
    some_hung_up_ = true;
}

void process_pool::tell_of_gone_segments() noexcept {
    try {
        const std::vector<std::uint32_t> serials = memory_.gone();
        if (serials.empty()) return;
        const holding h(lock_);
        for (const worker_ptr& w : workers_) w->tell_gone(serials);
    } catch (...) {
        // No memory to tell it: the next time.
    }
}

// One that has hung up has died, and the server will say how; but it may only say that it has. One that
// was told to end may be stopped, or not heed it.
void process_pool::end_overdue_workers() noexcept {
    const holding h(lock_);
    const std::int64_t now = platform::steady_ns();
    const bool kill_all = kill_at_ != 0 && now >= kill_at_;
    if (kill_all) kill_at_ = 0;
    some_hung_up_ = false;
    if (server_ != nullptr) server_->send_rest();
    release_errors();
    for (const worker_ptr& w : workers_) {
        if (kill_all && server_ != nullptr) server_->signal_worker(w->id, platform::kill_signal);
        if (w->leaves() && w->leaves_since == 0) w->leaves_since = now;
        if (w->leaves() && now - w->leaves_since >= longest_leaving) condemn(*w, "it did not end when it was told to");
        if (w->hung_up_at == 0 || w->condemned) continue;
        some_hung_up_ = true;
        if (now - w->hung_up_at > longest_silence) condemn(*w, "it closed its connection to the pool");
    }
    watch_server(now);
}

// With the lock held.
void process_pool::release_errors() noexcept {
    if (!some_errors_held_ || !platform::can_write(2)) return;
    some_errors_held_ = false;
    for (const worker_ptr& w : workers_) {
        if (!std::exchange(w->errors_held, false)) continue;
        try {
            poller_->add(w->errors.get(), w->id * 2 + 1);
        } catch (...) {
            w->errors_held = some_errors_held_ = true;
        }
    }
}

std::int64_t process_pool::longest_sleep() noexcept {
    const holding h(lock_);
    const bool again_soon = some_errors_held_ || (server_ != nullptr && server_->has_rest());
    std::int64_t longest = again_soon ? soon : some_hung_up_ ? longest_silence : platform::forever;
    const auto not_after = [&longest, now = platform::steady_ns()](std::int64_t moment) {
        const std::int64_t left = std::max<std::int64_t>(moment - now, 0);
        longest = longest < 0 ? left : std::min(left, longest);
    };
    for (const std::int64_t moment : {kill_at_, server_is_due()})
        if (moment != 0) not_after(moment);
    for (const worker_ptr& w : workers_)
        if (w->leaves() && w->leaves_since != 0) not_after(w->leaves_since + longest_leaving);
    return longest;
}

process_pool::worker_ptr process_pool::worker_of(std::uint64_t id) noexcept {
    const holding h(lock_);
    const auto at = std::ranges::find_if(workers_, [&](const auto& w) { return w->id == id; });
    return at == workers_.end() ? nullptr : *at;
}

}  // namespace concur
