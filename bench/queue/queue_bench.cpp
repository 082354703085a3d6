// concur: --peer simple is simple_queue.
#include "queue/queue_cases.hpp"

#include <concur/queue.hpp>

namespace {

class simple {
public:
    static constexpr bool bounded = false, unbounded = true;
    explicit simple(std::size_t) {}
    void put(std::int64_t n) { q_.put(n); }
    std::int64_t get() { return q_.get(); }

private:
    concur::simple_queue<std::int64_t> q_;
};

bench::sample measure(const bench::request& asked) {
    if (asked.peer == "simple") return bench::measure_queue<simple>(asked);
    throw bench::not_offered("there is no other queue");
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
