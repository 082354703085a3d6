// Boost.Asio's thread_pool. post(packaged_task) is about twice as fast here as post(use_future(fn)).
#include "support/cases.hpp"

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>

namespace {

class peer {
public:
    explicit peer(int workers) : pool_(static_cast<std::size_t>(workers)) {}
    ~peer() { pool_.join(); }

    template <class F>
    auto submit(F fn) {
        return boost::asio::post(pool_, std::packaged_task<std::invoke_result_t<F>()>(std::move(fn)));
    }
    template <class T>
    static T get(std::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        boost::asio::post(pool_, std::move(fn));
    }

private:
    boost::asio::thread_pool pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
