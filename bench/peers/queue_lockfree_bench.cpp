// Boost.Lockfree's queue. It never blocks, so who waits looks again and again, and lets others have the processor.
#include "queue/queue_cases.hpp"

#include <boost/lockfree/queue.hpp>

namespace {

class lockfree {
public:
    static constexpr bool bounded = true, unbounded = true;
    explicit lockfree(std::size_t bound) : bound_(bound), q_(bench::usual_bound) {}

    void put(std::int64_t n) {
        while (!(bound_ > 0 ? q_.bounded_push(n) : q_.push(n))) std::this_thread::yield();
    }
    std::int64_t get() {
        std::int64_t n = 0;
        while (!q_.pop(n)) std::this_thread::yield();
        return n;
    }

private:
    const std::size_t bound_;
    boost::lockfree::queue<std::int64_t> q_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run_queue<lockfree>(argc, argv); }
