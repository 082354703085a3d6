// Boost.Thread: its basic_thread_pool, a queue under a mutex, and boost::async on it.
#include "support/cases.hpp"

#include <boost/thread/executors/basic_thread_pool.hpp>
#include <boost/thread/future.hpp>

namespace {

class peer {
public:
    explicit peer(int workers) : pool_(static_cast<unsigned>(workers)) {}

    template <class F>
    auto submit(F fn) {
        return boost::async(pool_, std::move(fn));
    }
    template <class T>
    static T get(boost::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        pool_.submit(std::move(fn));
    }

private:
    boost::executors::basic_thread_pool pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
