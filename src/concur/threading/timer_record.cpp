#include "concur/threading/timer_record.hpp"

#include "concur/core/aside.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/platform/process.hpp"
#include "concur/threading/excepthook.hpp"

#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace concur::threading {

timer_record::timer_record(timeout interval, std::unique_ptr<target> what)
    : daemon_(this_thread_begets_daemons()),
      generation_(platform::fork_generation()),
      interval_(interval),
      target_(std::move(what)) {}

void timer_record::start() {
    watch_program_end();
    if (!begin_waiting()) return over_.set();
    setting_.acquire();
    try {
        bell_.set(deadline(interval_));
    } catch (...) {
        setting_.release();
        be_fresh_again();
        throw;
    }
    setting_.release();
}

// False: it was cancelled before.
bool timer_record::begin_waiting() {
    const holding h(registry_lock());
    if (std::exchange(started_, true)) throw std::logic_error("start(): a timer is started once; make another one");
    if (phase_ == phase::cancelled) return false;
    phase_ = phase::waiting;
    generation_ = platform::fork_generation();
    add_share();  // the clock's
    awaited = !daemon_;
    enter_waited_for(*this);
    return true;
}

void timer_record::be_fresh_again() noexcept {
    {
        const holding h(registry_lock());
        if (phase_ == phase::waiting) {
            phase_ = phase::fresh;
            started_ = false;
            leave_waited_for(*this);
        }
    }
    drop_share();
}

// On the clock's thread, which others wait for.
void timer_record::ring(timer_alarm& a) noexcept { run_aside(static_cast<bell&>(a).of.errand_); }

void timer_record::perform(job& j) noexcept {
    timer_record& me = static_cast<errand&>(j).of;
    if (me.may_run()) {
        me.run_target();
        me.end(phase::over);
    }
    me.drop_share();
}

bool timer_record::may_run() noexcept {
    const holding h(registry_lock());
    if (phase_ != phase::waiting) return false;
    phase_ = phase::running;
    runs_on = &parker::mine();
    return true;
}

void timer_record::run_target() noexcept {
    std::exception_ptr error;
    try {
        target_->run(stop_.get_token());
    } catch (...) {
        error = std::current_exception();
    }
    target_.reset();
    if (error != nullptr) tell_excepthook(std::move(error), "a timer");
}

void timer_record::end(phase as) noexcept {
    {
        const holding h(registry_lock());
        phase_ = as;
        runs_on = nullptr;
        if (!is_of_parent()) leave_waited_for(*this);
    }
    over_.set();
}

bool timer_record::cancel() noexcept {
    holding h(registry_lock());
    const phase before = phase_;
    if (before == phase::running || before == phase::over) return false;
    phase_ = phase::cancelled;
    h.release();
    if (before == phase::cancelled) return true;
    target_.reset();
    if (before == phase::fresh) return true;
    const bool last = rings_no_more();
    end(phase::cancelled);
    if (last) drop_share();
    return true;
}

// False: it rings, and what comes of that drops the clock's share.
bool timer_record::rings_no_more() noexcept {
    setting_.acquire();
    const bool stopped = interval_.is_endless() || bell_.cancel();
    setting_.release();
    return stopped;
}

bool timer_record::join(timeout t, const std::stop_token& stop) {
    {
        const holding h(registry_lock());
        if (!started_)
            throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                                    "join(): the timer was not started; call start() first");
        if (is_of_parent()) return true;
    }
    if (runs_here())
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "join(): the function of a timer cannot wait for its own end");
    return over_.wait(t, stop);
}

bool timer_record::is_of_parent() const noexcept { return generation_ != platform::fork_generation(); }

bool timer_record::is_alive() const noexcept {
    const holding h(registry_lock());
    return started_ && (phase_ == phase::waiting || phase_ == phase::running) && !is_of_parent();
}

bool timer_record::runs_here() const noexcept {
    const holding h(registry_lock());
    return runs_on == &parker::mine();
}

bool timer_record::daemon() const noexcept {
    const holding h(registry_lock());
    return daemon_;
}

void timer_record::set_daemon(bool yes) {
    const holding h(registry_lock());
    if (started_) throw std::logic_error("set_daemon(): the timer was started; say so before start()");
    daemon_ = yes;
}

void timer_record::detach() noexcept {
    const holding h(registry_lock());
    let_go_ = true;
}

void timer_record::drop_share() noexcept {
    if (shares_.drop()) delete this;
}

void timer_record::drop_owner() noexcept {
    if (!owners_.drop()) return;
    {
        const holding h(registry_lock());
        if (daemon_ || let_go_ || !started_ || is_of_parent()) return;
    }
    if (runs_here() || cancel()) return;
    stop_.request_stop();
    over_.wait();
}

}  // namespace concur::threading
