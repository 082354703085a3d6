// Threads that wait for a result: they take answers themselves, so that nobody has to be woken in between.
#include "concur/core/looking.hpp"
#include "concur/core/process_error.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/executors/process_pool.hpp"
#include "concur/platform/futex.hpp"

#include <algorithm>
#include <system_error>

namespace concur {
namespace {

// They look so often before they sleep: some 30 us.
constexpr int looks = 30;

}  // namespace

// While a thread watches a worker the collector does not. No worker: the task is not with one.
process_pool::watched process_pool::begin_watch(const remote_task& t) noexcept {
    const holding h(lock_);
    if (t.stands != remote_task::stage::sent) return {};
    const auto at = std::ranges::find_if(workers_, [&](const auto& w) { return w.get() == t.where; });
    if (at == workers_.end()) return {};
    ++(*at)->watchers;
    return {*at, (*at)->is_worth_a_look(), (*at)->unanswered == 1};
}

// What the worker tells from now on it tells those who are left, and that is settled before another one
// comes or leaves. What it told before may have been told to this thread.
void process_pool::end_watch(worker_link& w) noexcept {
    const bool all_seen = [&] {
        const holding h(lock_);
        return --w.watchers == 0 ? w.channel.may_sleep() : w.channel.may_sleep_here();
    }();
    if (!all_seen) collect(w);
}

// Nobody else takes answers while this thread is in the middle of one.
void process_pool::throw_reads_and_waits() {
    throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                            "what makes a task's result out of its bytes, such as a concur_serialize, cannot wait for "
                            "the same pool; wait after result() has returned");
}

// It is worth a look where the worker is at work on short tasks.
void process_pool::help(remote_task& t) {
    if (!in_this_process())
        throw broken_process_pool("the worker that this future waits for belongs to the parent of this process");
    if (reading::is_under_way(this)) throw_reads_and_waits();
    const watched w = begin_watch(t);
    if (w.worker == nullptr) return;
    if (w.is_worth_a_look) look(w, t);
    end_watch(*w.worker);
}

// The worker of a single task finds out by itself that its answer is taken at once.
void process_pool::look(const watched& w, remote_task& t) noexcept {
    multiprocessing::parent_end& channel = w.worker->channel;
    for (looking look(looks); look.go_on() && !t.core().done();) {
        if (channel.answer_waits()) {
            collect(*w.worker);
            continue;
        }
        if (!w.has_one_task || look.is_long()) channel.is_awake();
        look.rest();
    }
}

bool process_pool::park(remote_task& t, parker& spot, deadline until) noexcept {
    const worker_ptr w = in_this_process() && platform::can_wait_on_either() ? begin_watch(t).worker : nullptr;
    if (w == nullptr) return spot.park(until);
    tell_of_gone_segments();  // the collector may sleep for long
    parker::woken how = parker::woken::beside;
    while (how == parker::woken::beside) {
        if (!w->channel.may_sleep_here()) collect(*w);
        how = spot.park_beside(until, w->channel.bell(), static_cast<std::uint32_t>(multiprocessing::wake_by::word));
    }
    end_watch(*w);
    return how == parker::woken::here;
}

}  // namespace concur
