#define BOOST_THREAD_VERSION 5
#include <boost/thread/executors/basic_thread_pool.hpp>
#include <boost/thread/future.hpp>

int main() {
    boost::executors::basic_thread_pool pool;
    return boost::async(pool, [] { return 0; }).get();
}
