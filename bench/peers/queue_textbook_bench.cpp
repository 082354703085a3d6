// A deque under a std::mutex, with a std::condition_variable for each end.
#include "queue/queue_cases.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace {

class textbook {
public:
    static constexpr bool bounded = true, unbounded = true;
    explicit textbook(std::size_t bound) : bound_(bound) {}

    void put(std::int64_t n) {
        {
            std::unique_lock held(mutex_);
            if (bound_ > 0) not_full_.wait(held, [this] { return items_.size() < bound_; });
            items_.push_back(n);
        }
        not_empty_.notify_one();
    }
    std::int64_t get() {
        std::unique_lock held(mutex_);
        not_empty_.wait(held, [this] { return !items_.empty(); });
        const std::int64_t n = items_.front();
        items_.pop_front();
        held.unlock();
        if (bound_ > 0) not_full_.notify_one();
        return n;
    }

private:
    const std::size_t bound_;
    std::mutex mutex_;
    std::condition_variable not_empty_, not_full_;
    std::deque<std::int64_t> items_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run_queue<textbook>(argc, argv); }
