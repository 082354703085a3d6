// The cases that every queue is measured with; the items are numbers of 64 bits.
//
// A queue is a class with
//     explicit queue(std::size_t bound)     0: none
//     void put(std::int64_t)                waits for room
//     std::int64_t get()                    waits for an item
//     static constexpr bool bounded, unbounded      which of the two it can be
#pragma once
#include "support/cases.hpp"
#include "support/process_work.hpp"

#include <cstdint>
#include <thread>
#include <vector>

namespace bench {

constexpr std::size_t usual_bound = 1024;

// So many put numbers from 1 on, and so many get their share of them all.
template <class Queue>
void flow(Queue& q, std::size_t putters, std::size_t getters, std::size_t n) {
    std::atomic<std::int64_t> sum{0};
    const auto each = static_cast<std::int64_t>(n / putters);
    std::vector<std::thread> threads;
    for (std::size_t p = 0; p < putters; ++p)
        threads.emplace_back([&q, each] {
            for (std::int64_t i = 1; i <= each; ++i) q.put(i);
        });
    for (std::size_t g = 0; g < getters; ++g)
        threads.emplace_back([&, share = n / getters] {
            std::int64_t mine = 0;
            for (std::size_t i = 0; i < share; ++i) mine += q.get();
            sum += mine;
        });
    for (std::thread& t : threads) t.join();
    require(sum == static_cast<std::int64_t>(putters) * (each * (each + 1) / 2), "an item was lost, or came twice");
}

template <class Queue>
void put_and_get(Queue& q, std::size_t n) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        q.put(1);
        sum += q.get();
    }
    require(sum == static_cast<std::int64_t>(n), "an item was lost");
}

// Two queues, and somebody at the other end who sends back what comes.
template <class Queue>
class trips {
public:
    explicit trips(std::size_t bound)
        : there_(bound), back_(bound), other_([this] {
              for (std::int64_t n = there_.get(); n != 0; n = there_.get()) back_.put(n);
          }) {}
    ~trips() {
        there_.put(0);
        other_.join();
    }
    trips(const trips&) = delete;
    trips& operator=(const trips&) = delete;

    void make() {
        there_.put(1);
        require(back_.get() == 1, "an item was lost");
    }

private:
    Queue there_, back_;
    std::thread other_;
};

template <class Queue>
sample measure_trips(const request& asked, std::size_t bound) {
    trips<Queue> t(bound);
    if (asked.name == "queue_trip_asleep")
        return measure_each(times(200, asked), let_everybody_sleep, [&] { t.make(); });
    const std::size_t n = asked.tasks(40'000 / slowness<Queue>());
    return twice(n, [&] {
        for (std::size_t i = 0; i < n; ++i) t.make();
    });
}

// From before an item is put until a getter that slept has it. The putter sleeps then, whatever the queue.
template <class Queue>
sample measure_handover(const request& asked, std::size_t bound) {
    using clock = std::chrono::steady_clock;
    Queue q(bound);
    const std::size_t n = times(200, asked);
    std::vector<clock::time_point> put(n), got(n);
    std::thread getter([&] {
        for (clock::time_point& t : got) {
            q.get();
            t = clock::now();
        }
    });
    for (clock::time_point& t : put) {
        let_everybody_sleep();
        t = clock::now();
        q.put(1);
    }
    getter.join();
    std::vector<double> ns;
    for (std::size_t i = 0; i < n; ++i) ns.push_back(std::chrono::duration<double, std::nano>(got[i] - put[i]).count());
    std::sort(ns.begin(), ns.end());
    sample s;
    s.ns = ns[n / 2];
    s.p99_ns = ns[n - 1 - n / 100];
    return s;
}

// The kind that a library offers first is used where a case does not ask for one.
template <class Queue>
sample measure_queue(const request& asked) {
    const bool is_bounded = asked.name.ends_with("_bounded");
    if (is_bounded && !Queue::bounded) throw not_offered("it has no bound");
    const bool of_both =
        asked.name == "queue_alone" || asked.name == "queue_handover" || asked.name.starts_with("queue_trip");
    if (!is_bounded && !of_both && !Queue::unbounded) throw not_offered("it has a bound always");
    const std::size_t bound = is_bounded || !Queue::unbounded ? usual_bound : 0;
    if (asked.name == "queue_handover") return measure_handover<Queue>(asked, bound);
    if (asked.name.starts_with("queue_trip")) return measure_trips<Queue>(asked, bound);
    const bystander other;
    Queue q(bound);
    const std::size_t many = asked.tasks(400'000 / slowness<Queue>());
    if (asked.name == "queue_alone") return twice(many, [&] { put_and_get(q, many); });
    if (asked.name.starts_with("queue_1_1")) return twice(many, [&] { flow(q, 1, 1, many); });
    if (asked.name.starts_with("queue_4_4")) return twice(many, [&] { flow(q, 4, 4, many); });
    if (asked.name == "queue_1_4") return twice(many, [&] { flow(q, 1, 4, many); });
    throw std::invalid_argument("there is no case '" + asked.name + "'");
}

template <class Queue>
int run_queue(int argc, char** argv) {
    return report(argc, argv, measure_queue<Queue>);
}

}  // namespace bench
