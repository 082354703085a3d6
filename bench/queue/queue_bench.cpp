// concur: --peer simple is simple_queue; else queue.
#include "queue/queue_cases.hpp"

#include <concur/queue.hpp>

namespace {

class plain {
public:
    static constexpr bool bounded = true, unbounded = true;
    explicit plain(std::size_t bound) : q_(static_cast<std::int64_t>(bound)) {}
    void put(std::int64_t n) { q_.put(n); }
    std::int64_t get() { return q_.get(); }

private:
    concur::queue<std::int64_t> q_;
};

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
    return asked.peer == "simple" ? bench::measure_queue<simple>(asked) : bench::measure_queue<plain>(asked);
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
