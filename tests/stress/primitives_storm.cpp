// primitives_storm [ROUNDS] [SEED]: each primitive of threading, used by threads and coroutines with random time-outs
// while signals interrupt their sleeps. Nobody is in where he must not be, nothing that was given is lost, and in the
// end nobody waits.
//
//   ROUNDS  of each primitive, a million if it is not said. A round is one wait, however it ends.
//   A coroutine waits in every eighth round: it goes on inside the release of another, or on a thread for such things.
#include "concur/threading.hpp"
#include "support/coroutine.hpp"
#include "support/gate.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace threading = concur::threading;

constexpr int threads = 4;
constexpr unsigned still = 300;  // seconds after which a primitive hangs

void require(bool so, const char* what) {
    if (so) return;
    std::fprintf(stderr, "\nprimitives_storm: %s\n", what);
    std::_Exit(1);
}

using dice = std::minstd_rand;

// From none to some sixty microseconds, and now and then as long as it takes; where that may be for ever, `longest`.
concur::timeout some_time(dice& d, concur::timeout longest = 10s) {
    const auto n = d() % 64;
    return n == 0 ? longest : concur::timeout(std::chrono::microseconds(n - 1));
}

// Signals to all that take part, without end. No call of the system is begun again by itself.
class interruptions {
public:
    interruptions() {
        struct sigaction action{};
        action.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &action, nullptr);
    }
    void join(pthread_t who) {
        const std::scoped_lock held(lock_);
        all_.push_back(who);
    }
    void leave(pthread_t who) {
        const std::scoped_lock held(lock_);
        std::erase_if(all_, [who](pthread_t other) { return ::pthread_equal(who, other) != 0; });
    }
    void send(std::stop_token stop) {
        threading::event over;
        const std::stop_callback ends(stop, [&] { over.set(); });
        while (!over.wait(100us)) {
            const std::scoped_lock held(lock_);
            for (const pthread_t who : all_) ::pthread_kill(who, SIGUSR1);
        }
    }

private:
    std::mutex lock_;
    std::vector<pthread_t> all_;
};

// Runs `round(dice, coroutine?)` in several threads, as often in all as was asked for.
template <class F>
void storm(const char* what, long rounds, unsigned seed, F round) {
    std::printf("%-12s", what);
    std::fflush(stdout);
    ::alarm(still + static_cast<unsigned>(rounds / 1000));
    const auto began = std::chrono::steady_clock::now();
    interruptions signals;
    std::jthread sender([&](std::stop_token stop) { signals.send(stop); });
    {
        std::vector<std::jthread> all;
        for (unsigned i = 0; i < threads; ++i)
            all.emplace_back([&, i] {
                signals.join(::pthread_self());
                dice d(seed + i);
                for (long n = 0; n < rounds / threads; ++n) round(d, d() % 8 == 0);
                signals.leave(::pthread_self());
            });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%ld rounds in %.1f s\n", rounds, took.count());
}

// What may be in at a time.
struct inside {
    explicit inside(int most) : most_(most) {}
    // A while, now and then, so that others wait.
    void come_and_go() {
        require(in_.fetch_add(1) < most_, "too many are in");
        if (++times_ % 8 == 0) std::this_thread::yield();
        in_.fetch_sub(1);
    }
    std::atomic<int> in_{0};
    std::atomic<long> times_{0};
    const int most_;
};

// Coroutines that are on their way.
std::atomic<long> under_way{0};

void await_coroutines() {
    while (under_way != 0) std::this_thread::yield();
}

template <class P>
support::detached come_by_coroutine(P& p, inside& in, concur::timeout t) {
    ++under_way;
    const bool got = co_await p.async_acquire(t);
    if (got) {
        in.come_and_go();
        p.release();
    }
    --under_way;
}

template <class P>
void one_that_is_acquired(const char* what, P& p, int most, long rounds, unsigned seed) {
    inside in(most);
    storm(what, rounds, seed, [&](dice& d, bool coroutine) {
        const concur::timeout t = some_time(d);
        if constexpr (requires { p.async_acquire(t); }) {
            if (coroutine) return (void)come_by_coroutine(p, in, t);
        }
        if (!p.acquire(t)) return;
        in.come_and_go();
        p.release();
    });
    await_coroutines();
    for (int i = 0; i < most; ++i) require(p.try_acquire(), "something was lost");
    require(concur::line_at(&p).empty(), "somebody waits in the end");
    require(in.times_ > 0, "nobody was in");
}

void readers_and_writers(long rounds, unsigned seed) {
    threading::shared_lock l;
    long a = 0, b = 0;
    storm("shared_lock", rounds, seed, [&](dice& d, bool writes) {
        const concur::timeout t = some_time(d);
        if (writes ? !l.acquire(t) : !l.acquire_shared(t)) return;
        require(a == b, "a writer is beside a reader");
        if (!writes && d() % 16 == 0 && l.try_upgrade()) writes = true;
        if (!writes) return l.release_shared();
        ++a;
        ++b;
        if (d() % 4 != 0) return l.release();
        l.downgrade();
        l.release_shared();
    });
    require(l.try_acquire() && a == b && a > 0, "the lock is not free in the end");
}

// Somebody sets it, for a moment: a wait ends by that, or by its time.
void events(long rounds, unsigned seed) {
    threading::event e;
    std::atomic<long> seen{0};
    storm("event", rounds, seed, [&](dice& d, bool sets) {
        if (sets) return e.set(), e.clear();
        if (e.wait(some_time(d, 1ms))) ++seen;
    });
    require(seen > 0 && concur::line_at(&e).empty(), "nobody saw it, or somebody waits in the end");
}

// Things are put and taken. Each notice is for one, and who gives up leaves his to another.
void notices(long rounds, unsigned seed) {
    threading::lock l;
    threading::condition c(l);
    long there = 0, put = 0, taken = 0;
    storm("condition", rounds, seed, [&](dice& d, bool) {
        const concur::timeout t = some_time(d, 1ms);
        const std::scoped_lock held(c);
        if (d() % 2 == 0) {
            ++there;
            ++put;
            return c.notify();
        }
        if (!c.wait_for([&] { return there > 0; }, t)) return;
        --there;
        ++taken;
    });
    require(put == taken + there && taken > 0, "something was lost or taken twice");
}

// One that gives up breaks it, and somebody mends it.
void rounds_of_two(long rounds, unsigned seed) {
    threading::barrier b(2);
    std::atomic<long> sum{0}, through{0};
    storm("barrier", rounds, seed, [&](dice& d, bool resets) {
        const concur::timeout t = some_time(d, 1ms);
        if (resets) b.reset();
        try {
            sum += static_cast<long>(b.wait(t));
            ++through;
        } catch (const concur::broken_barrier_error&) {
            b.reset();
        }
    });
    require(through > 0 && through % 2 == 0 && sum == through / 2, "one went through alone");
}

}  // namespace

int main(int argc, char** argv) {
    const long rounds = argc > 1 ? std::atol(argv[1]) : 1'000'000;
    const auto seed = static_cast<unsigned>(argc > 2 ? std::atol(argv[2]) : 1);
    threading::lock l;
    threading::rlock r;
    threading::semaphore s(2);
    one_that_is_acquired("lock", l, 1, rounds, seed);
    one_that_is_acquired("semaphore", s, 2, rounds, seed);
    storm("rlock", rounds, seed, [&](dice& d, bool twice) {
        if (!r.acquire(some_time(d))) return;
        require(!twice || r.try_acquire(), "its owner has it");
        if (twice) r.release();
        r.release();
    });
    require(r.try_acquire(), "the rlock was lost");
    readers_and_writers(rounds, seed);
    events(rounds, seed);
    notices(rounds, seed);
    rounds_of_two(rounds, seed);
    return 0;
}
