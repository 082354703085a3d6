// The cases that every executor is measured with.
//
// A peer is a class with
//     explicit peer(int workers)
// and, where it has a form for them,
//     auto submit(fn)              a handle on the result of fn()
//     auto get(handle&)            waits for it
//     void post(fn)                runs fn() some time; nobody waits for it
//     long fib(int n)              every call of the recursion is a task
//     long fib_by_invoke(int n)    the same by its fork and join, which makes no handle
//     void map(in, out)            out[i] = twice_plus_one(in[i])
//     void for_each(all)           calls one_more for each element, in place
//     static constexpr std::size_t slower     it gets so many times fewer tasks
//     static constexpr const char* why_no_fib
#pragma once
#include "support/measure.hpp"
#include "support/program.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

inline int twice_plus_one(int x) { return 2 * x + 1; }

inline void one_more(int& x) { ++x; }

// A result that no compiler can do without the task for.
inline int empty_task() { return 1; }

// The calling thread sleeps here until all tasks have reported, so that it takes no processor from
// them.
class tally {
public:
    explicit tally(std::size_t n) : left_(n) {}
    void arrive() noexcept {
        if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        done_.store(true, std::memory_order_release);
        done_.notify_one();
    }
    void wait() noexcept { done_.wait(false, std::memory_order_acquire); }

private:
    std::atomic<std::size_t> left_;
    std::atomic<bool> done_{false};
};

// Sleeps while it lives. Where a thread is the only one, the C library's locks do without atomic operations, which is
// not what anybody has locks for.
class bystander {
public:
    ~bystander() {
        over_.arrive();
        other_.join();
    }
    bystander() = default;
    bystander(const bystander&) = delete;
    bystander& operator=(const bystander&) = delete;

private:
    tally over_{1};
    std::thread other_{[this] { over_.wait(); }};
};

template <class Peer>
void submit_and_get(Peer& peer, std::size_t n) {
    std::vector<decltype(peer.submit(empty_task))> handles;
    handles.reserve(n);
    for (std::size_t i = 0; i < n; ++i) handles.push_back(peer.submit(empty_task));
    std::size_t sum = 0;
    for (auto& h : handles) sum += static_cast<std::size_t>(peer.get(h));
    require(sum == n, "a task was lost");
}

template <class Peer>
void post_all(Peer& peer, std::size_t n) {
    tally all(n);
    for (std::size_t i = 0; i < n; ++i) peer.post([&all] { all.arrive(); });
    all.wait();
}

template <class Peer>
void round_trips(Peer& peer, std::size_t n) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        auto handle = peer.submit(empty_task);
        sum += static_cast<std::size_t>(peer.get(handle));
    }
    require(sum == n, "a task was lost");
}

template <class Peer>
void four_producers(Peer& peer, std::size_t n) {
    std::vector<std::thread> producers;
    for (int i = 0; i < 4; ++i) producers.emplace_back([&peer, n] { submit_and_get(peer, n / 4); });
    for (auto& p : producers) p.join();
}

// The part of a map that one task of a peer without a map of its own gets.
template <class Peer>
void map_by_slices(Peer& peer, const std::vector<int>& in, std::vector<int>& out) {
    constexpr std::size_t slices = 16;
    std::vector<decltype(peer.submit(empty_task))> handles;
    for (std::size_t s = 0; s < slices; ++s) {
        const std::size_t from = in.size() * s / slices;
        const std::size_t to = in.size() * (s + 1) / slices;
        handles.push_back(peer.submit([&in, &out, from, to] {
            for (std::size_t i = from; i < to; ++i) out[i] = twice_plus_one(in[i]);
            return 1;
        }));
    }
    for (auto& h : handles) peer.get(h);
}

template <class Peer>
void map_all(Peer& peer, const std::vector<int>& in, std::vector<int>& out) {
    if constexpr (requires { peer.map(in, out); }) peer.map(in, out);
    else map_by_slices(peer, in, out);
    require(out.front() == 1 && out.back() == twice_plus_one(in.back()), "the map is wrong");
}

constexpr long fib_of(int n) {
    long a = 0;
    long b = 1;
    for (int i = 0; i < n; ++i) a = std::exchange(b, a + b);
    return a;
}

// Every call is one task but the first.
constexpr std::size_t calls_of_fib(int n) { return static_cast<std::size_t>(2 * fib_of(n + 1) - 1); }

template <class Peer>
constexpr std::size_t slowness() {
    if constexpr (requires { Peer::slower; }) return Peer::slower;
    else return 1;
}

// A warm-up pass, then the one that counts.
template <class F>
sample twice(std::size_t tasks, F fn) {
    fn();
    return measure(tasks, fn);
}

template <class Peer>
constexpr const char* why_no_fib() {
    if constexpr (requires { Peer::why_no_fib; }) return Peer::why_no_fib;
    else return "a task that waits for a task blocks its worker: hangs";
}

inline constexpr const char* no_pool = "nobody but its own threads can give it a task";

template <class Peer>
sample measure_fib(Peer& peer, const request& asked) {
    if constexpr (requires { peer.fib(1); }) {
        const int n = asked.shrink > 1 ? 12 : 27;
        return twice(calls_of_fib(n), [&] { require(peer.fib(n) == fib_of(n), "fib is wrong"); });
    } else {
        if constexpr (requires { peer.submit(empty_task); }) throw impossible(why_no_fib<Peer>());
        else throw not_offered(no_pool);
    }
}

template <class Peer>
sample measure_invoke(Peer& peer, const request& asked) {
    if constexpr (requires { peer.fib_by_invoke(1); }) {
        const int n = asked.shrink > 1 ? 12 : 27;
        return twice(calls_of_fib(n), [&] { require(peer.fib_by_invoke(n) == fib_of(n), "fib is wrong"); });
    } else {
        throw not_offered("it has no fork and join without a handle");
    }
}

template <class Peer>
sample measure_for_each(Peer& peer, const request& asked) {
    if constexpr (requires(std::vector<int>& all) { peer.for_each(all); }) {
        constexpr int loops = 20;  // one takes a tenth of a millisecond
        std::vector<int> all(asked.tasks(1'000'000));
        const sample s = twice(loops * all.size(), [&] {
            for (int i = 0; i < loops; ++i) peer.for_each(all);
        });
        const auto right = [](int x) { return x == 2 * loops; };
        require(std::ranges::all_of(all, right), "an element was lost, or taken twice");
        return s;
    } else {
        throw not_offered("it has no loop over elements");
    }
}

template <class Peer>
sample measure_map(Peer& peer, const request& asked) {
    std::vector<int> in(asked.tasks(1'000'000));
    std::vector<int> out(in.size());
    std::iota(in.begin(), in.end(), 0);
    return twice(in.size(), [&] { map_all(peer, in, out); });
}

// Of a pool that has just been busy.
template <class Peer>
sample measure_idle(Peer& peer, const request& asked) {
    submit_and_get(peer, 1000);
    const std::chrono::milliseconds time(asked.shrink > 1 ? 10 : 1000);
    return measure(1, [&] { std::this_thread::sleep_for(time); });
}

// The cases of pools.
template <class Peer>
sample measure_pool(Peer& peer, const request& asked) {
    if constexpr (requires { peer.submit(empty_task); }) {
        const std::size_t many = asked.tasks(200'000 / slowness<Peer>());
        const std::size_t few = asked.tasks(20'000 / slowness<Peer>());
        if (asked.name == "submit_result") return twice(many, [&] { submit_and_get(peer, many); });
        if (asked.name == "fire_and_forget") return twice(many, [&] { post_all(peer, many); });
        if (asked.name == "round_trip") return twice(few, [&] { round_trips(peer, few); });
        if (asked.name == "four_producers") return twice(many, [&] { four_producers(peer, many); });
        if (asked.name == "idle") return measure_idle(peer, asked);
        throw std::invalid_argument("there is no case '" + asked.name + "'");
    } else {
        throw not_offered(no_pool);
    }
}

template <class Peer>
sample measure_case(const request& asked) {
    Peer peer(asked.workers);
    if (asked.name == "fork_join") return measure_fib(peer, asked);
    if (asked.name == "fork_join_invoke") return measure_invoke(peer, asked);
    if (asked.name == "map") return measure_map(peer, asked);
    if (asked.name == "for_each") return measure_for_each(peer, asked);
    return measure_pool(peer, asked);
}

template <class Peer>
int run(int argc, char** argv) {
    return report(argc, argv, measure_case<Peer>);
}

}  // namespace bench
