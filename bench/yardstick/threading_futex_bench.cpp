// What waking a thread that sleeps cannot be faster than; and, with --peer no_lock, what threads do that do not wait for
// each other: the longest that one of them is away then is the doing of the system's scheduler.
#include "threading/threading_cases.hpp"
#include "yardstick/futex.hpp"

namespace {

class word {
public:
    explicit word(int = 0) {}
    void release() noexcept { slot_.put(1); }
    void acquire() noexcept { slot_.get(); }

private:
    yardstick::futex_slot slot_;
};

struct word_event {
    void set() noexcept { inside.release(); }
    void wait() noexcept { inside.acquire(); }
    void clear() noexcept {}
    word inside;
};

struct no_lock {
    void lock() noexcept { asm volatile("" : : : "memory"); }
    void unlock() noexcept { asm volatile("" : : : "memory"); }
};

bench::sample measure(const bench::request& asked) {
    if (asked.peer == "no_lock") return bench::measure_lock<no_lock>(asked);
    if (asked.name.starts_with("semaphore_trip")) return bench::measure_turns<bench::by_semaphores<word>>(asked);
    if (asked.name.starts_with("event_trip")) return bench::measure_turns<bench::by_events<word_event>>(asked);
    throw bench::not_offered("it is one word for two threads");
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
