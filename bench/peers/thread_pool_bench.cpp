// Debian's libthread-pool-dev: a queue for each worker, under a mutex, with stealing.
#include "support/cases.hpp"

#include <thread_pool/thread_pool.hpp>

namespace {

class peer {
public:
    explicit peer(int workers) : pool_(static_cast<std::size_t>(workers)) {}

    template <class F>
    auto submit(F fn) {
        return pool_.Submit(std::move(fn));
    }
    template <class T>
    static T get(std::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        pool_.Submit(std::move(fn));  // it has no other form
    }

private:
    thread_pool::ThreadPool pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
