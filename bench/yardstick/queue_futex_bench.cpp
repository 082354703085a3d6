// What handing a number to a thread that sleeps cannot be faster than.
#include "queue/queue_cases.hpp"
#include "yardstick/futex.hpp"

namespace {

class slot {
public:
    static constexpr bool bounded = false, unbounded = true;
    explicit slot(std::size_t) {}
    void put(std::int64_t n) noexcept { slot_.put(static_cast<std::uint32_t>(n) + 1); }
    std::int64_t get() noexcept { return static_cast<std::int64_t>(slot_.get()) - 1; }

private:
    yardstick::futex_slot slot_;
};

bench::sample measure(const bench::request& asked) {
    if (asked.name == "queue_handover") return bench::measure_handover<slot>(asked, 0);
    if (asked.name.starts_with("queue_trip")) return bench::measure_trips<slot>(asked, 0);
    throw bench::not_offered("it holds one item");
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
