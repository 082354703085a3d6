// oneTBB's concurrent_bounded_queue, with a capacity and without one.
#include "queue/queue_cases.hpp"

#include <tbb/concurrent_queue.h>

namespace {

class tbb_queue {
public:
    static constexpr bool bounded = true, unbounded = true;
    explicit tbb_queue(std::size_t bound) {
        if (bound > 0) q_.set_capacity(static_cast<std::ptrdiff_t>(bound));
    }
    void put(std::int64_t n) { q_.push(n); }
    std::int64_t get() {
        std::int64_t n = 0;
        q_.pop(n);
        return n;
    }

private:
    tbb::concurrent_bounded_queue<std::int64_t> q_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run_queue<tbb_queue>(argc, argv); }
