// Abseil: Mutex and CondVar. Its Barrier serves one round, and its Notification is set once.
#include "threading/threading_cases.hpp"

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>

namespace {

struct mutex {
    void lock() { inside.Lock(); }
    void unlock() { inside.Unlock(); }
    absl::Mutex inside;
};

struct kit {
    using lock = mutex;

    class condition {
    public:
        static constexpr bool notified_with_the_lock = false;
        explicit condition(lock& l) : lock_(l) {}
        void wait() { inside_.Wait(&lock_.inside); }
        void notify() { inside_.Signal(); }

    private:
        lock& lock_;
        absl::CondVar inside_;
    };
};

struct once {
    void set() { inside.Notify(); }
    void wait() { inside.WaitForNotification(); }
    absl::Notification inside;
};

bench::sample measure(const bench::request& asked) {
    return asked.name == "event_1000" ? bench::measure_crowd<once>(asked) : bench::measure_threading<kit>(asked);
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
