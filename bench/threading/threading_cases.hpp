// The cases that every library's locks and the like are measured with.
//
// A kit is a class with, where the library has them,
//     lock, rlock       types with lock() and unlock()
//     semaphore         made with a number; acquire(), release()
//     event             set(), wait(), clear()
//     condition         made of a lock&; wait() with the lock held, notify() with or without it, as
//                       notified_with_the_lock says
//     barrier           made with the number of threads; wait()
#pragma once
#include "support/cases.hpp"
#include "support/process_work.hpp"

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace bench {

// About so many nanoseconds of work that nobody can do sooner, or leave out.
inline std::uint64_t work(std::uint64_t seed, int ns) {
    for (int i = 0; i < ns; ++i) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        asm volatile("" : "+r"(seed));
    }
    return seed;
}

// --- nobody else is there -------------------------------------------------------------------------

template <class F>
sample measure_alone(const request& asked, F&& once) {
    const bystander other;
    const std::size_t n = asked.tasks(10'000'000);
    return twice(n, [&] {
        for (std::size_t i = 0; i < n; ++i) once();
    });
}

// --- several want one lock ------------------------------------------------------------------------

struct contention {
    int threads;
    int inside;   // nanoseconds with the lock, and without
    int outside;
};

// What one thread comes to, until it is told to stop.
struct share {
    std::size_t times = 0;
    double worst_ns = 0;
};

template <bool is_timed, class Lock>
share take_turns(Lock& lock, std::uint64_t& guarded, const contention& c, const std::atomic<bool>& over) {
    share mine;
    std::uint64_t own = 1;
    while (!over.load(std::memory_order_relaxed)) {
        const auto began = is_timed ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
        lock.lock();
        if constexpr (is_timed) {
            const std::chrono::duration<double, std::nano> waited = std::chrono::steady_clock::now() - began;
            mine.worst_ns = std::max(mine.worst_ns, waited.count());
        }
        guarded = work(guarded, c.inside);
        lock.unlock();
        own = work(own, c.outside);
        ++mine.times;
    }
    return mine;
}

// To take the time of each wait would cost more than a short section does, so the worst has a pass of its own.
template <bool is_timed, class Lock>
sample contend(const request& asked, const contention& c) {
    Lock lock;
    std::uint64_t guarded = 1;
    std::atomic<bool> over{false};
    std::vector<share> shares(static_cast<std::size_t>(c.threads));
    std::size_t all = 0;
    sample s = measure(1, [&] {
        std::vector<std::thread> threads;
        for (share& mine : shares) threads.emplace_back([&] { mine = take_turns<is_timed>(lock, guarded, c, over); });
        std::this_thread::sleep_for(std::chrono::milliseconds(asked.shrink > 100 ? 5 : asked.shrink > 1 ? 50 : 400));
        over = true;
        for (std::thread& t : threads) t.join();
    });
    for (const share& each : shares) {
        all += each.times;
        s.worst_ns = std::max(s.worst_ns, each.worst_ns);
    }
    const auto n = static_cast<double>(std::max<std::size_t>(all, 1));
    s.ns /= n;
    s.cpu_ns /= n;
    s.switches /= n;
    return s;
}

template <class Lock>
sample measure_contended(const request& asked, const contention& c) {
    sample s = contend<false, Lock>(asked, c);
    s.worst_ns = contend<true, Lock>(asked, c).worst_ns;
    return s;
}

// --- one waits for the other ----------------------------------------------------------------------

// `Side` is given to two threads, which go there and back between them.
template <class Place>
sample measure_turns(const request& asked) {
    Place place;
    const bool asleep = asked.name.ends_with("_asleep");
    const std::size_t n = asleep ? times(200, asked) : asked.tasks(40'000);
    std::atomic<bool> over{false};
    std::thread other([&] {
        while (place.await_call(), !over) place.answer();
    });
    const auto trip = [&] {
        place.call();
        place.await_answer();
    };
    const sample s = asleep ? measure_each(n, let_everybody_sleep, trip) : twice(n, [&] {
        for (std::size_t i = 0; i < n; ++i) trip();
    });
    over = true;
    place.call();
    other.join();
    return s;
}

template <class Event>
struct by_events {
    void call() { there.set(); }
    void await_call() {
        there.wait();
        there.clear();
    }
    void answer() { back.set(); }
    void await_answer() {
        back.wait();
        back.clear();
    }
    Event there, back;
};

template <class Semaphore>
struct by_semaphores {
    void call() { there.release(); }
    void await_call() { there.acquire(); }
    void answer() { back.release(); }
    void await_answer() { back.acquire(); }
    Semaphore there{0}, back{0};
};

template <class Lock, class Condition>
struct by_conditions {
    void hand(bool to_caller) {
        lock.lock();
        is_callers = to_caller;
        Condition& other = to_caller ? back : there;
        if constexpr (Condition::notified_with_the_lock) other.notify();
        lock.unlock();
        if constexpr (!Condition::notified_with_the_lock) other.notify();
    }
    void await(bool callers) {
        lock.lock();
        while (is_callers != callers) (callers ? back : there).wait();
        lock.unlock();
    }
    void call() { hand(false); }
    void await_call() { await(false); }
    void answer() { hand(true); }
    void await_answer() { await(true); }

    Lock lock;
    Condition there{lock}, back{lock};
    bool is_callers = true;
};

// --- many at once ---------------------------------------------------------------------------------

// For each thread and round.
template <class Barrier>
sample measure_rounds(const request& asked, int parties) {
    const int threads = asked.shrink > 100 ? std::min(parties, 50) : parties;
    const auto rounds = static_cast<int>(times(static_cast<std::size_t>(40'000 / threads), asked));
    Barrier b(threads);
    std::vector<std::thread> others;
    const auto come = [&] {
        for (int i = 0; i < rounds; ++i) b.wait();
    };
    for (int i = 1; i < threads; ++i)
        others.emplace_back([&] {
            b.wait();
            come();
        });
    b.wait();
    const sample s = measure(static_cast<std::size_t>(rounds) * static_cast<std::size_t>(threads), come);
    for (std::thread& t : others) t.join();
    return s;
}

// From set() until each of a thousand threads that slept has gone on; for each of them.
template <class Event>
sample measure_crowd(const request& asked) {
    const std::size_t n = asked.shrink > 100 ? 50 : 1000;
    Event e;
    std::atomic<std::size_t> coming{n};
    tally awake(n);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < n; ++i)
        threads.emplace_back([&] {
            --coming;
            e.wait();
            awake.arrive();
        });
    while (coming != 0) std::this_thread::yield();
    let_everybody_sleep();
    const sample s = measure(n, [&] {
        e.set();
        awake.wait();
    });
    for (std::thread& t : threads) t.join();
    return s;
}

// --- all of them ----------------------------------------------------------------------------------

inline int threads_of(const std::string& name) {
    return name.find('8') != name.npos ? 8 : name.find('4') != name.npos ? 4 : 2;
}

template <class Lock>
sample measure_lock(const request& asked) {
    if (asked.name.ends_with("_alone")) {
        Lock lock;
        return measure_alone(asked, [&] {
            lock.lock();
            lock.unlock();
        });
    }
    const bool is_long = asked.name.ends_with("_long");
    return measure_contended<Lock>(asked, {threads_of(asked.name), is_long ? 1000 : 10, is_long ? 1000 : 30});
}

template <class Semaphore>
sample measure_semaphore(const request& asked) {
    if (asked.name != "semaphore_alone") return measure_turns<by_semaphores<Semaphore>>(asked);
    Semaphore s(1);
    return measure_alone(asked, [&] {
        s.acquire();
        s.release();
    });
}

template <class Event>
sample measure_event(const request& asked) {
    return asked.name == "event_1000" ? measure_crowd<Event>(asked) : measure_turns<by_events<Event>>(asked);
}

template <class Kit>
sample measure_threading(const request& asked) {
    const auto is_of = [&](const char* what) { return asked.name.starts_with(what); };
    if constexpr (requires { typename Kit::lock; })
        if (is_of("lock_")) return measure_lock<typename Kit::lock>(asked);
    if constexpr (requires { typename Kit::rlock; })
        if (is_of("rlock_")) return measure_lock<typename Kit::rlock>(asked);
    if constexpr (requires { typename Kit::semaphore; })
        if (is_of("semaphore_")) return measure_semaphore<typename Kit::semaphore>(asked);
    if constexpr (requires { typename Kit::event; })
        if (is_of("event_")) return measure_event<typename Kit::event>(asked);
    if constexpr (requires { typename Kit::condition; })
        if (is_of("condition_"))
            return measure_turns<by_conditions<typename Kit::lock, typename Kit::condition>>(asked);
    if constexpr (requires { typename Kit::barrier; })
        if (is_of("barrier_")) return measure_rounds<typename Kit::barrier>(asked, std::stoi(asked.name.substr(8)));
    throw not_offered("it has nothing of that kind");
}

template <class Kit>
int run_threading(int argc, char** argv) {
    return report(argc, argv, measure_threading<Kit>);
}

}  // namespace bench
