// oneTBB's mutexes: mutex, or the one that --peer names. They spin, mutex only at first.
#include "threading/threading_cases.hpp"

#include <oneapi/tbb/mutex.h>
#include <oneapi/tbb/queuing_mutex.h>
#include <oneapi/tbb/spin_mutex.h>

namespace {

template <class Mutex>
struct kit {
    using lock = Mutex;
};

// It lies with whoever has it: one for each thread that wants it.
class queuing {
public:
    void lock() { mine().acquire(inside_); }
    void unlock() { mine().release(); }

private:
    static tbb::queuing_mutex::scoped_lock& mine() {
        thread_local tbb::queuing_mutex::scoped_lock place;
        return place;
    }
    tbb::queuing_mutex inside_;
};

bench::sample measure(const bench::request& asked) {
    if (asked.peer == "spin") return bench::measure_threading<kit<tbb::spin_mutex>>(asked);
    if (asked.peer == "queuing") return bench::measure_threading<kit<queuing>>(asked);
    return bench::measure_threading<kit<tbb::mutex>>(asked);
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
