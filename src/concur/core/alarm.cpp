#include "concur/core/alarm.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"

#include <new>
#include <utility>
#include <vector>

namespace concur {

//   heap_: the alarm that rings first is at the front; each knows its place, so any can leave.
//   spot_: the timer thread's parker while it sleeps, else null. Who takes it out unparks it.
class alarm_clock {
public:
    // The process's clock, with its thread. A child of a fork has one of its own.
    static alarm_clock& running();

    void set(timer_alarm& a, deadline at);
    bool cancel(timer_alarm& a) noexcept;

private:
    static void run_thread(void* self) noexcept { static_cast<alarm_clock*>(self)->run(); }
    void run() noexcept;
    timer_alarm* next_due(std::int64_t& due) noexcept;
    void sleep(std::int64_t due) noexcept;

    void put(timer_alarm& a, std::size_t place) noexcept;
    void rise(timer_alarm& a, std::size_t place) noexcept;
    void sink(timer_alarm& a, std::size_t place) noexcept;
    void take_out(timer_alarm& a) noexcept;

    lock_word lock_;
    std::vector<timer_alarm*> heap_;  // guarded by lock_
    parker* spot_ = nullptr;    // guarded by lock_
};

namespace {

// Never destroyed: the timer thread outlives main.
constinit lock_word clock_lock;
constinit alarm_clock* the_clock = nullptr;  // guarded by clock_lock
constinit bool clock_watched = false;        // guarded by clock_lock

// The child has no timer thread, and its copy of the lock may be held by a thread it does not have.
void start_afresh() {
    ::new (&clock_lock) lock_word;
    the_clock = nullptr;
}

}  // namespace

alarm_clock& alarm_clock::running() {
    const holding h(clock_lock);
    if (the_clock != nullptr) return *the_clock;
    if (!clock_watched) clock_watched = platform::in_fork_child(&start_afresh);
    auto* fresh = new alarm_clock;
    try {
        platform::os_thread::start(&run_thread, fresh).detach();
    } catch (...) {
        delete fresh;
        throw;
    }
    the_clock = fresh;
    return *fresh;
}

void alarm_clock::set(timer_alarm& a, deadline at) {
    const holding h(lock_);
    heap_.push_back(&a);
    a.at_ = at.at();
    a.clock_ = this;
    a.generation_ = platform::fork_generation();
    rise(a, heap_.size() - 1);
    if (a.place_ != 0) return;
    if (parker* const sleeper = std::exchange(spot_, nullptr)) sleeper->unpark();
}

bool alarm_clock::cancel(timer_alarm& a) noexcept {
    const holding h(lock_);
    if (a.place_ == timer_alarm::nowhere) return false;
    take_out(a);
    return true;
}

void alarm_clock::run() noexcept {
    platform::name_this_thread("concur-timer");
    for (;;) {
        std::int64_t due = 0;
        if (timer_alarm* const a = next_due(due)) a->ring_(*a);
        else sleep(due);
    }
}

// The alarm to ring now, taken out; or null, and `due` tells when to look again.
timer_alarm* alarm_clock::next_due(std::int64_t& due) noexcept {
    const holding h(lock_);
    due = heap_.empty() ? timeout::endless : heap_.front()->at_;
    if (!heap_.empty() && deadline::at_moment(due).passed()) {
        timer_alarm* const first = heap_.front();
        take_out(*first);
        return first;
    }
    spot_ = &parker::mine();
    spot_->prepare();
    return nullptr;
}

void alarm_clock::sleep(std::int64_t due) noexcept {
    parker& mine = parker::mine();
    if (mine.park(deadline::at_moment(due))) return;
    holding h(lock_);
    if (std::exchange(spot_, nullptr) != nullptr) return;
    h.release();
    mine.park();  // whoever took the parker is about to use it
}

void alarm_clock::put(timer_alarm& a, std::size_t place) noexcept {
    heap_[place] = &a;
    a.place_ = place;
}

void alarm_clock::rise(timer_alarm& a, std::size_t place) noexcept {
    while (place > 0 && a.at_ < heap_[(place - 1) / 2]->at_) {
        put(*heap_[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    put(a, place);
}

void alarm_clock::sink(timer_alarm& a, std::size_t place) noexcept {
    for (;;) {
        std::size_t child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->at_ < heap_[child]->at_) ++child;
        if (a.at_ <= heap_[child]->at_) break;
        put(*heap_[child], place);
        place = child;
    }
    put(a, place);
}

void alarm_clock::take_out(timer_alarm& a) noexcept {
    const std::size_t place = std::exchange(a.place_, timer_alarm::nowhere);
    timer_alarm* const last = heap_.back();
    heap_.pop_back();
    if (last == &a) return;
    if (place > 0 && last->at_ < heap_[(place - 1) / 2]->at_) rise(*last, place);
    else sink(*last, place);
}

void timer_alarm::set(deadline at) {
    if (!at.is_never()) alarm_clock::running().set(*this, at);
}

bool timer_alarm::cancel() noexcept {
    if (clock_ == nullptr || generation_ != platform::fork_generation()) return false;
    return clock_->cancel(*this);
}

}  // namespace concur
