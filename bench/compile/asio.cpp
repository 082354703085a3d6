#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>

int main() {
    boost::asio::thread_pool pool;
    return boost::asio::post(pool, std::packaged_task<int()>([] { return 0; })).get();
}
