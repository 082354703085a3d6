// What becomes of tasks whose worker has ended, or is to be ended.
#include "concur/executors/process_pool.hpp"
#include "concur/multiprocessing/server_link.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/platform/child_process.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

namespace concur {
namespace {

// So many deaths without any work in between are no accident.
constexpr int most_early_deaths = 5;

// So often a task is given to another worker because its own died and says that it had not begun it: a worker that was
// taken over may say so of the task that killed it.
constexpr std::uint8_t most_spared = 100;

// How long one that was killed may take to be gone, in nanoseconds.
constexpr std::int64_t longest_dying = 1'000'000'000;

// How long the server may keep silent where it has something to tell, in nanoseconds, before it is asked whether
// it is there; and how often it is asked. Each time it is told to go on: it may have been stopped again.
constexpr std::int64_t patience = 1'000'000'000;
constexpr int most_questions = 9;

// Of a stack, the part that is not the worker's own way to the task.
std::string above_the_loop(std::string stack) {
    const std::size_t loop = stack.find("worker_process::");
    if (loop != std::string::npos) stack.resize(stack.rfind('\n', loop) + 1);
    return stack;
}

worker_death_report report_of(const multiprocessing::worker_link& w, const multiprocessing::server_report& r) {
    worker_death_report report{.pid = r.pid, .peak_memory = r.peak_memory};
    if (r.as_ordered != 0 && (r.signal == platform::kill_signal || r.signal == platform::end_signal))
        report.cause = w.cause;
    if (r.signal != 0) report.signal = r.signal;
    else report.exit_code = r.exit_code;
    report.last_stderr = w.last_errors;
    if (r.exit_code == multiprocessing::cannot_begin && !w.is_ready())
        report.cause = "it could not set itself up: its limits, its sandbox or its memory were refused";
    platform::crash_page crash;
    std::memcpy(&crash, &w.shared->crash, sizeof crash);
    if (crash.signal == 0 || crash.signal != r.signal) return report;
    if (crash.has_address != 0) report.fault_address = crash.address;
    report.stack = above_the_loop(platform::describe(crash.trace));
    return report;
}

// Fails what has not begun; without a reason, cancels it. Its callbacks are left. False: somebody else was first,
// and has them.
bool settle(remote_task& t, const std::exception_ptr& why) noexcept {
    if (why == nullptr ? t.core().cancel(t.callbacks) : t.core().fail_pending(why, t.callbacks)) return true;
    t.core().release();
    return false;
}

// The mend stands in the text of the cause, and who reads an error may look no further than its own.
std::string with_its_text(std::string what, const std::exception_ptr& cause) {
    try {
        std::rethrow_exception(cause);
    } catch (const std::exception& e) {
        return what + ": " + e.what();
    } catch (...) {
        return what;
    }
}

}  // namespace

void process_pool::read_reports() noexcept {
    for (;;) {
        server_report report;
        platform::fd pidfd;
        platform::transfer got = platform::transfer::closed;
        {
            const holding h(lock_);
            if (server_ == nullptr) return;
            got = server_->next_report(report, pidfd);
            if (got == platform::transfer::done) silent_since_ = 0, questions_ = 0;
        }
        if (got == platform::transfer::would_block) return;
        if (got == platform::transfer::closed) return server_is_gone();
        switch (report.what) {
            case server_report::kind::hello: {
                const holding h(lock_);
                server_spoke_ = true;
                break;
            }
            case server_report::kind::started: note_started(report, std::move(pidfd)); break;
            case server_report::kind::not_started:
            case server_report::kind::ended:
                if (const worker_ptr w = worker_of(report.worker)) note_end(w, report);
                break;
        }
    }
}

void process_pool::note_started(const server_report& report, platform::fd pidfd) noexcept {
    const holding h(lock_);
    for (const worker_ptr& w : workers_) {
        if (w->id != report.worker) continue;
        w->pid = report.pid;
        std::vector<promise<void>> told = std::move(pid_seekers_);
        for (promise<void>& p : told) p.set_result();
        w->pidfd = std::move(pidfd);
    }
}

void process_pool::server_is_gone() noexcept {
    std::vector<worker_ptr> orphans;
    bool spoke = false;
    {
        const holding h(lock_);
        poller_->remove(server_->socket());
        server_.reset();
        spoke = server_spoke_;
        orphans = workers_;
        for (const worker_ptr& w : orphans)
            blame(*w, "the process that starts this pool's workers died, and they died with it");
    }
    if (!spoke)
        break_down(
            "this program could not be started as its own worker "
            "(make multiprocessing::freeze_support(argc, argv) the first thing that main() does)",
            nullptr);
    else if (options_.start_method == start_method::fork)
        break_down("the process that forked its workers has died", nullptr);
    // They die with their server, and what they started is to go with them. They have gone when their tasks
    // are given to others: nobody is to read a request whose memory is used for another.
    bool early = std::ranges::none_of(orphans, [](const auto& w) { return w->is_ready(); });
    for (const worker_ptr& w : orphans) {
        platform::signal_group(w->pidfd, platform::kill_signal);
        w->orphaned = !std::exchange(early, false);
    }
    for (const worker_ptr& w : orphans) platform::wait_for_end(w->pidfd, longest_dying);
    for (const worker_ptr& w : orphans)
        note_end(w,
                 {.what = server_report::kind::ended, .pid = w->pid, .signal = platform::kill_signal, .as_ordered = 1});
}

// When it is asked, or given up, if it goes on like this; 0: never.
std::int64_t process_pool::server_is_due() const noexcept { return silent_since_ == 0 ? 0 : silent_since_ + patience; }

// With the lock held, by the collector, when it has read what there is. A server that was stopped starts no
// worker and tells of no death. It is told to go on; one that does not is replaced, where it can be.
void process_pool::watch_server(std::int64_t now) noexcept {
    const bool owes = server_ != nullptr && std::ranges::any_of(workers_, [](const auto& w) {
                          return w->pid == 0 || w->condemned || w->hung_up_at != 0;
                      });
    if (!owes) silent_since_ = 0, questions_ = 0;
    else if (silent_since_ == 0) silent_since_ = now;
    if (!owes || now < server_is_due()) return;
    const bool can_be_replaced = server_spoke_ && options_.start_method != start_method::fork;
    if (can_be_replaced && questions_ >= most_questions) server_->kill();
    else server_->ask();
    ++questions_;
    silent_since_ = now;
}

void process_pool::note_end(const worker_ptr& w, const server_report& report) noexcept {
    {
        const holding h(lock_);
        w->condemned = true;
    }
    collect(*w);
    w->read_errors();
    poller_->remove(w->socket.get());
    poller_->remove(w->errors.get());
    task_list lost, unwanted;
    lost.reserve(multiprocessing::ring_size);
    unwanted.reserve(multiprocessing::ring_size);
    const bool started = report.what == server_report::kind::ended;
    {
        const holding h(lock_);
        std::erase(workers_, w);
        sort_out(*w, lost, unwanted);
    }
    std::erase_if(unwanted, [](remote_task* t) { return !settle(*t, nullptr); });
    for (remote_task* const t : unwanted) let_go(*t);
    worker_death_report facts;
    std::exception_ptr why;
    try {
        facts = report_of(*w, report);
        facts.in_task = false;
        why = started ? std::make_exception_ptr(worker_died(facts))
                      : std::make_exception_ptr(platform::start_failure(report.error));
    } catch (...) {
        why = std::current_exception();
    }
    if (started && !was_expected(*w) && options_.on_worker_death == worker_death::break_pool)
        break_down("a worker of this pool died", why);  // before anybody hears of it
    for (remote_task* const t : lost) lose(*t, facts);
    replace(*w, started, lost.empty(), why);
}

// With the lock held: what it was running is lost, what it had not begun is for another.
void process_pool::sort_out(worker_link& w, task_list& lost, task_list& unwanted) noexcept {
    for (std::uint32_t n = w.channel.sent(); n != w.channel.next_answer(); --n) {
        remote_task* const t = std::exchange(w.flight(n - 1), nullptr);
        if (t == nullptr) continue;
        const bool begun = !w.channel.withdraw(n - 1) || ++t->spared == most_spared;
        t->where = nullptr;
        t->stands = begun ? remote_task::stage::answered : remote_task::stage::outside;
        if (begun) lost.push_back(t);
        else if (ending_workers_ || phase_ == phase::broken) unwanted.push_back(t);
        else put_back(*t);
    }
    w.unanswered = 0;
}

void process_pool::lose(remote_task& t, worker_death_report report) noexcept {
    bool overdue = false;
    if (run_again(t, overdue)) return;
    if (overdue)
        return fail(t, made_exception<timeout_error>("the time-out of " + std::string(t.label()) +
                                                     " was over while it ran; its worker was killed"));
    try {
        report.in_task = true;
        report.task_name = t.name();
        fail(t, std::make_exception_ptr(worker_died(std::move(report))));
    } catch (...) {
        fail(t, std::current_exception());
    }
}

bool process_pool::run_again(remote_task& t, bool& overdue) noexcept {
    remote_task::extras* const more = t.more();
    if (more == nullptr) return false;
    const holding h(lock_);
    overdue = more->overdue;
    if (overdue || !more->idempotent || more->runs >= options_.max_retries) return false;
    if (ending_workers_ || phase_ == phase::broken) return false;
    try {
        pending_.push(t, t.priority);
    } catch (...) {
        return false;
    }
    ++more->runs;
    t.stands = remote_task::stage::queued;
    return true;
}

// Nothing of `why` is kept here: whoever reads it last ends it.
void process_pool::fail(remote_task& t, std::exception_ptr why) noexcept {
    if (!t.core().start()) return t.core().release();
    t.core().set_error(std::move(why));
    finish(t);
}

bool process_pool::was_expected(const worker_link& w) noexcept {
    const holding h(lock_);
    return w.retiring || w.overdue || ending_workers_;
}

// The next worker comes at once, so that it is there when it is needed; but not for ever.
void process_pool::replace(const worker_link& w, bool started, bool was_idle, const std::exception_ptr& why) noexcept {
    if (w.initializer_error != nullptr) return break_down("an initializer of this pool failed", w.initializer_error);
    const bool expected = started && was_expected(w);
    holding h(lock_);
    starts_fail_ = !started && !workers_.empty();
    if (!started) why_no_start_ = why;
    const bool early = started ? !expected && !w.orphaned && was_idle && !w.is_ready() : workers_.empty();
    if (started && w.is_ready()) early_deaths_ = 0;
    if (early && ++early_deaths_ >= most_early_deaths) {
        h.release();
        return break_down(with_its_text(started ? "one worker after another died before it could do anything"
                                                : "no worker can be started",
                                        why),
                          why);
    }
    if (ending_workers_ || phase_ == phase::broken || (phase_ == phase::shut && pending_.empty())) return;
    could_start_worker();
    assign();
    balance();
    const bool stuck = workers_.empty() && !pending_.empty();
    const std::exception_ptr cause = why_no_start_;
    h.release();
    if (stuck) break_down(with_its_text("no worker can be started", cause), cause);
}

// Everything that is not done fails, each with an exception of its own; then callbacks are run, and not here: this
// is the collector, for which a callback may wait.
void process_pool::break_down(const std::string& what, const std::exception_ptr& cause) noexcept {
    task_list all;
    {
        const holding h(lock_);
        if (phase_ == phase::broken) return;
        phase_ = phase::broken;
        broken_what_ = what;
        cause_ = cause;
        for (job* j = take_pending(); j != nullptr;) {
            job* const next = std::exchange(j->next, nullptr);
            all.push_back(static_cast<remote_task*>(j));
            j = next;
        }
        for (const worker_ptr& w : workers_) condemn(*w, "its pool broke");
    }
    std::erase_if(all, [&](remote_task* t) { return !settle(*t, made_exception<broken_process_pool>(what, cause)); });
    for (remote_task* const t : all) let_go(*t);
}

void process_pool::end_overdue(remote_task& t) noexcept {
    const holding h(lock_);
    remote_task::extras& more = *t.more();
    // Its worker has died: it is to be run again, and its time must not be over unheard.
    if (t.stands == remote_task::stage::queued) return t.start_timer_again(std::chrono::nanoseconds(0));
    if (t.stands == remote_task::stage::answered) more.overdue = true;
    if (t.stands != remote_task::stage::sent) return;
    auto& w = *static_cast<worker_link*>(t.where);
    if (t.takes_token() && !std::exchange(more.warned, true) && !options_.stop_grace.is_poll()) {
        w.channel.ask_to_stop(t.number);
        return t.start_timer_again(options_.stop_grace);
    }
    // Nobody else may be running there when it is killed.
    while (remote_task* const behind = w.take_back()) put_back(*behind);
    if (w.channel.has_answer(t.number)) return;
    more.overdue = w.overdue = true;
    condemn(w, "the time-out of its task was over");
    assign();
}

}  // namespace concur
