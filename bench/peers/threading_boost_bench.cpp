// Boost.Thread's synchronisation, which stands in for Boost.Sync: that never was a part of Boost.
#include "threading/threading_cases.hpp"

#include <boost/thread/barrier.hpp>
#include <boost/thread/condition_variable.hpp>
#include <boost/thread/mutex.hpp>
#include <boost/thread/recursive_mutex.hpp>

namespace {

struct kit {
    using lock = boost::mutex;
    using rlock = boost::recursive_mutex;

    class condition {
    public:
        static constexpr bool notified_with_the_lock = false;
        explicit condition(lock& l) : lock_(l) {}
        void wait() {
            boost::unique_lock<lock> held(lock_, boost::adopt_lock);
            inside_.wait(held);
            held.release();
        }
        void notify() { inside_.notify_one(); }

    private:
        lock& lock_;
        boost::condition_variable inside_;
    };

    class barrier {
    public:
        explicit barrier(int n) : inside_(static_cast<unsigned>(n)) {}
        void wait() { inside_.wait(); }

    private:
        boost::barrier inside_;
    };
};

}  // namespace

int main(int argc, char** argv) { return bench::run_threading<kit>(argc, argv); }
