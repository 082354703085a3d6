// Sleeping and waking: what never wakes, wakes too late, or wakes what is gone.
#include "concur/platform/clock.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"
#include "concur/platform/os_thread.hpp"
#include "model/atomic.hpp"
#include "model/checker.hpp"

#include <array>
#include <system_error>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
namespace platform = concur::platform;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

using word = atomic<std::uint32_t>;

void wait_for(word& w) {
    while (w.load(acquire) == 0) platform::futex_wait(&w, 0);
}

void wake(bool wakes) {
    word ready{0};
    run({
        [&] { wait_for(ready); },
        [&] {
            ready.store(1, release);
            if (wakes) platform::futex_wake_one(&ready);
        },
    });
}

// The waker looks for sleepers before it stores: one may come between the two.
void announce(bool store_first) {
    word ready{0};
    word sleepers{0};
    run({
        [&] {
            sleepers.store(1);
            wait_for(ready);
        },
        [&] {
            bool asleep = false;
            if (!store_first) asleep = sleepers.load() == 1;
            ready.store(1);
            if (store_first) asleep = sleepers.load() == 1;
            if (asleep) platform::futex_wake_one(&ready);
        },
    });
}

// The waker stores and then wakes; between the two the sleeper may leave, with the word it slept on.
void word_on_the_stack(bool stays) {
    atomic<word*> where{nullptr};
    word left{0};
    run({
        [&] {
            word mine{0};
            where.store(&mine, release);
            wait_for(mine);
            if (stays) wait_for(left);
        },
        [&] {
            word* w = nullptr;
            while ((w = where.load(acquire)) == nullptr) platform::relax();
            w->store(1, release);
            platform::futex_wake_one(w);
            left.store(1, release);
            platform::futex_wake_one(&left);
        },
    });
}

// As above, on the heap.
void word_that_ends(bool stays) {
    word left{0};
    const auto made = new word{0};
    run({
        [&] {
            wait_for(*made);
            if (stays) wait_for(left);
            delete made;
        },
        [&] {
            made->store(1, release);
            platform::futex_wake_one(made);
            left.store(1, release);
            platform::futex_wake_one(&left);
        },
    });
}

class spin_lock {
public:
    void acquire_it() {
        while (held_.exchange(1, acquire) != 0) platform::relax();
    }
    void release_it() { held_.store(0, release); }

private:
    word held_{0};
};

void two_locks(bool in_order) {
    spin_lock a;
    spin_lock b;
    run({
        [&] {
            a.acquire_it();
            b.acquire_it();
            b.release_it();
            a.release_it();
        },
        [&] {
            (in_order ? a : b).acquire_it();
            (in_order ? b : a).acquire_it();
            (in_order ? b : a).release_it();
            (in_order ? a : b).release_it();
        },
    });
}

class sleeping_lock {
public:
    void acquire_it() {
        while (word_.exchange(2, acquire) != 0) platform::futex_wait(&word_, 2);
    }
    void release_it() {
        if (word_.exchange(0, release) == 2) platform::futex_wake_one(&word_);
    }

private:
    word word_{0};
};

void two_sleeping_locks(bool in_order) {
    sleeping_lock a;
    sleeping_lock b;
    run({
        [&] {
            a.acquire_it();
            b.acquire_it();
            b.release_it();
            a.release_it();
        },
        [&] {
            (in_order ? a : b).acquire_it();
            (in_order ? b : a).acquire_it();
            (in_order ? b : a).release_it();
            (in_order ? a : b).release_it();
        },
    });
}

void spin(bool ends) {
    word flag{0};
    run({
        [&] {
            while (flag.load(relaxed) == 0) platform::relax();
        },
        [&] {
            if (ends) flag.store(1, relaxed);
        },
    });
}

// A time-out says that the time is over, not that nothing has come.
void timed_wait(bool looks_again) {
    word ready{0};
    bool got = false;
    run({
        [&] {
            const std::int64_t until = platform::steady_ns() + 1000;
            while (ready.load(acquire) == 0 && platform::futex_wait(&ready, 0, until - platform::steady_ns())) {
            }
            got = looks_again ? ready.exchange(2, acquire) == 1 : ready.load(acquire) == 1;
        },
        [&] {
            std::uint32_t empty = 0;
            const bool given = ready.compare_exchange_strong(empty, 1, release, relaxed);
            platform::futex_wake_one(&ready);
            require(given || looks_again, "someone waited");
        },
    });
    require(got || ready.load() != 1, "what was given was taken");
}

// What happens to a thread's start shows to the thread, and its end to whoever joins it.
void threads_come_and_go(bool joins) {
    int shared = 1;
    auto thread = platform::os_thread::start([](void* p) noexcept { ++*static_cast<int*>(p); }, &shared);
    if (joins) thread.join();
    require(shared == 2, "the thread has run");
    if (!joins) thread.join();
}

void no_thread_to_give() {
    concur::model::fail_next_thread_start();
    bool refused = false;
    try {
        platform::os_thread::start([](void*) noexcept {}, nullptr).join();
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused, "the start was refused");
    platform::os_thread::start([](void*) noexcept {}, nullptr).join();
}

constexpr std::array scenarios{
    concur::model::scenario{"wrong_no_wake", [] { wake(false); }},
    concur::model::scenario{"wrong_looks_too_early", [] { announce(false); }},
    concur::model::scenario{"wrong_wake_after_end", [] { word_on_the_stack(false); }},
    concur::model::scenario{"wrong_wake_after_free", [] { word_that_ends(false); }},
    concur::model::scenario{"wrong_lock_order_spinning", [] { two_locks(false); }},
    concur::model::scenario{"wrong_lock_order", [] { two_sleeping_locks(false); }},
    concur::model::scenario{"wrong_spins_for_ever", [] { spin(false); }},
    concur::model::scenario{"wrong_late_gift_is_lost", [] { timed_wait(false); }},
    concur::model::scenario{"wrong_not_joined", [] { threads_come_and_go(false); }},
    concur::model::scenario{"right_wake", [] { wake(true); }},
    concur::model::scenario{"right_looks_after", [] { announce(true); }},
    concur::model::scenario{"right_stays_on_stack", [] { word_on_the_stack(true); }},
    concur::model::scenario{"right_stays", [] { word_that_ends(true); }},
    concur::model::scenario{"right_lock_order_spinning", [] { two_locks(true); }},
    concur::model::scenario{"right_lock_order", [] { two_sleeping_locks(true); }},
    concur::model::scenario{"right_spin", [] { spin(true); }},
    concur::model::scenario{"right_gift", [] { timed_wait(true); }},
    concur::model::scenario{"right_joined", [] { threads_come_and_go(true); }},
    concur::model::scenario{"right_no_thread", no_thread_to_give},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
