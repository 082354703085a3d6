// moodycamel's BlockingConcurrentQueue; with --peer spinning its ConcurrentQueue, where who waits looks again and again.
// Neither keeps the order of items of different threads.
#include "queue/queue_cases.hpp"

#include <blockingconcurrentqueue.h>

namespace {

class blocking {
public:
    static constexpr bool bounded = false, unbounded = true;
    explicit blocking(std::size_t) {}
    void put(std::int64_t n) { bench::require(q_.enqueue(n), "memory is out"); }
    std::int64_t get() {
        std::int64_t n = 0;
        q_.wait_dequeue(n);
        return n;
    }

private:
    moodycamel::BlockingConcurrentQueue<std::int64_t> q_;
};

class spinning {
public:
    static constexpr bool bounded = false, unbounded = true;
    explicit spinning(std::size_t) {}
    void put(std::int64_t n) { bench::require(q_.enqueue(n), "memory is out"); }
    std::int64_t get() {
        std::int64_t n = 0;
        while (!q_.try_dequeue(n)) std::this_thread::yield();
        return n;
    }

private:
    moodycamel::ConcurrentQueue<std::int64_t> q_;
};

bench::sample measure(const bench::request& asked) {
    return asked.peer == "spinning" ? bench::measure_queue<spinning>(asked) : bench::measure_queue<blocking>(asked);
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
