#include "concur/futures/wait.hpp"

#include "concur/core/inbox.hpp"
#include "concur/core/steady_list.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/futures/helping.hpp"

#include <algorithm>
#include <utility>

namespace concur {
namespace {

bool failed(const future_core& core) noexcept {
    return core.now() == future_core::state::finished && core.error() != nullptr;
}

bool is_enough(const future_core& core, return_when policy) noexcept {
    if (policy == return_when::first_completed) return core.done();
    return policy == return_when::first_exception && failed(core);
}

//   Some futures that are listened to at once, and one sleep for all of them: it ends when one of them
//   is enough, or when each is done.
//
//   left_  notices that may still come: those that futures hold or run, and those not used so far.
//          Who brings it to 0 as a notice sends all_, and touches the watch no more.
//   told_  set once, by the notice that sends some_ because its future is enough; before it counts itself.
//
//   Of one thread, but for the notices.
class watch {
public:
    // At most so many will be added.
    watch(std::size_t most, return_when policy)
        : policy_(policy), notices_(std::min(most, expected)), left_(most), unused_(most) {}
    ~watch();
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;

    // False: it is done by now, and was not added.
    bool add(future_core& core);
    // To be called once, after the last was added.
    void close() noexcept { over_ = count_off(std::exchange(unused_, 0)); }

    std::size_t size() const noexcept { return notices_.size(); }
    // Sleeps until it is over. False: the time is.
    bool sleep(deadline until) noexcept;

private:
    struct notice : job {
        notice(watch& w, future_core& c) noexcept : job(&arrive), of(w), core(c) {}
        static void arrive(job& j) noexcept;
        watch& of;
        future_core& core;
    };
    struct bell : job {
        bell() noexcept : job(nullptr) {}
    };

    static constexpr std::size_t expected = 1024;  // more get room when they come

    // True: no more will come, and nobody sends all_.
    bool count_off(std::size_t n) noexcept { return n > 0 && left_.fetch_sub(n, std::memory_order_acq_rel) == n; }

    const return_when policy_;
    steady_list<notice> notices_;
    inbox in_;
    bell some_, all_;
    atomic<std::size_t> left_;
    atomic<bool> told_{false};
    std::size_t unused_;
    bool over_ = false;  // no more will come
};

bool watch::add(future_core& core) {
    notice& n = notices_.add(*this, core);
    if (core.listen_first(n)) return --unused_, true;
    return false;
}

void watch::notice::arrive(job& j) noexcept {
    notice& self = static_cast<notice&>(j);
    watch& of = self.of;
    if (is_enough(self.core, of.policy_) && !of.told_.exchange(true, std::memory_order_relaxed)) of.in_.send(of.some_);
    if (of.count_off(1)) of.in_.send(of.all_);
}

bool watch::sleep(deadline until) noexcept {
    if (over_) return true;
    const job* const rung = in_.receive(until);
    over_ = rung == &all_;
    return rung != nullptr;
}

// A notice that runs at this moment uses the watch: it stays until that is over.
watch::~watch() {
    if (over_) return;
    std::size_t back = unused_;
    for (std::size_t i = 0; i < notices_.size(); ++i)
        if (notices_[i].core.unlisten_first(notices_[i])) ++back;
    if (count_off(back)) return;
    while (in_.receive() != &all_) {
    }
}

// What wait() does for one call.
class waiting {
public:
    waiting(const core_list& cores, deadline until, return_when policy)
        : cores_(cores), until_(until), policy_(policy), is_done_(cores.size()) {}

    // Marks what is done by now. True: that is enough.
    bool look();
    void wait_for_all();
    void wait_for_one();
    done_ones result() && { return {std::move(is_done_), cores_.size() - left_}; }

private:
    bool rest(watch& w);
    bool rest_as_worker(watch& w);
    bool help_with_one();
    bool may_help() const noexcept;

    const core_list& cores_;
    const deadline until_;
    const return_when policy_;
    std::vector<bool> is_done_;
    std::size_t left_ = 0;    // those not done when it looked
    std::size_t helped_ = 0;  // it has tried to help with those before this one
};

bool waiting::look() {
    bool enough = false;
    left_ = 0;
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        fetch_ahead_of(cores_, i);
        if (!is_done_[i]) {
            const bool done = cores_[i]->done();
            is_done_[i] = done;
            if (!done) ++left_;
        }
        if (is_done_[i] && is_enough(*cores_[i], policy_)) enough = true;
    }
    return enough || left_ == 0;
}

// From the last one back, which is the last to be done where they are done in their order: when it is,
// few are left. Twice as many at a time each time, so that there are few sleeps in any order, and no
// future is listened to twice.
void waiting::wait_for_all() {
    std::size_t to_do = cores_.size();
    for (std::size_t at_once = 1;; at_once *= 2) {
        watch some(at_once, policy_);
        while (to_do > 0 && some.size() < at_once)
            if (--to_do; !is_done_[to_do] && !cores_[to_do]->done()) some.add(*cores_[to_do]);
        some.close();
        if (!rest(some) || to_do == 0) return;
    }
}

void waiting::wait_for_one() {
    watch each(left_, policy_);
    for (std::size_t i = 0; i < cores_.size(); ++i)
        if (!is_done_[i] && !each.add(*cores_[i]) && is_enough(*cores_[i], policy_)) return;
    each.close();
    rest(each);
}

// True: the watch is over.
bool waiting::rest(watch& w) {
    if (this_worker() != nullptr) return rest_as_worker(w);
    while (help_with_one())
        if (w.sleep(deadline::past())) return true;
    return w.sleep(until_);
}

// Runs what it can, one task after the other, until it is over; then looks again from time to time.
bool waiting::rest_as_worker(watch& w) {
    for (looking_again pause(left_);;) {
        const bool helped = help_with_one();
        const deadline soon = helped ? deadline::past() : pause.end();
        if (w.sleep(std::min(until_, soon))) return true;
        if (until_.passed()) return false;
        if (helped) continue;
        helped_ = 0;
        pause.grow();
    }
}

bool waiting::help_with_one() {
    if (!may_help()) return false;
    for (; helped_ < cores_.size(); ++helped_)
        if (!is_done_[helped_] && !cores_[helped_]->done() && cores_[helped_]->assist()) return true;
    return false;
}

// Where one is enough, a worker takes up none while somebody is at one.
bool waiting::may_help() const noexcept {
    if (!concur::may_help()) return false;
    const worker* const me = this_worker();
    if (me == nullptr || me->initializing || policy_ != return_when::first_completed) return true;
    for (std::size_t i = 0; i < cores_.size(); ++i)
        if (!is_done_[i] && cores_[i]->now() != future_core::state::pending) return false;
    return true;
}

}  // namespace

done_ones wait_for_some(const core_list& cores, deadline until, return_when policy) {
    waiting call(cores, until, policy);
    const bool only_looks = this_worker() == nullptr && until.passed();
    if (!call.look() && !only_looks) {
        if (policy == return_when::all_completed) call.wait_for_all();
        else call.wait_for_one();
        call.look();
    }
    return std::move(call).result();
}

}  // namespace concur
