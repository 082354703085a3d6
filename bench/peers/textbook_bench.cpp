// The pool of the textbooks: a queue of std::function under a mutex, a condition variable, and a
// packaged_task where a result is wanted.
#include "support/cases.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>

namespace {

class peer {
public:
    explicit peer(int workers) {
        for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
    }
    ~peer() {
        {
            const std::lock_guard held(mutex_);
            ended_ = true;
        }
        arrived_.notify_all();
        for (auto& t : threads_) t.join();
    }

    template <class F>
    auto submit(F fn) {
        auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(fn));
        auto result = task->get_future();
        post([task] { (*task)(); });
        return result;
    }
    template <class T>
    static T get(std::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        {
            const std::lock_guard held(mutex_);
            queue_.emplace_back(std::move(fn));
        }
        arrived_.notify_one();
    }

private:
    void work() {
        for (;;) {
            std::unique_lock held(mutex_);
            arrived_.wait(held, [this] { return ended_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto task = std::move(queue_.front());
            queue_.pop_front();
            held.unlock();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::function<void()>> queue_;
    bool ended_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
