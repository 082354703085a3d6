// The standard library. It has no event: a std::atomic that is waited for, as its pages show.
#include "threading/threading_cases.hpp"

#include <barrier>
#include <condition_variable>
#include <mutex>
#include <semaphore>

namespace {

struct kit {
    using lock = std::mutex;
    using rlock = std::recursive_mutex;
    using semaphore = std::counting_semaphore<>;

    class event {
    public:
        void set() {
            set_.store(true, std::memory_order_release);
            set_.notify_all();
        }
        void wait() { set_.wait(false, std::memory_order_acquire); }
        void clear() { set_.store(false, std::memory_order_relaxed); }

    private:
        std::atomic<bool> set_{false};
    };

    class condition {
    public:
        static constexpr bool notified_with_the_lock = false;
        explicit condition(lock& l) : lock_(l) {}
        void wait() {
            std::unique_lock held(lock_, std::adopt_lock);
            inside_.wait(held);
            held.release();
        }
        void notify() { inside_.notify_one(); }

    private:
        lock& lock_;
        std::condition_variable inside_;
    };

    class barrier {
    public:
        explicit barrier(int n) : inside_(n) {}
        void wait() { inside_.arrive_and_wait(); }

    private:
        std::barrier<> inside_;
    };
};

}  // namespace

int main(int argc, char** argv) { return bench::run_threading<kit>(argc, argv); }
