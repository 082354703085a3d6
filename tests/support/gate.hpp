// A door that holds threads until it is opened, and tells how many stand before it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace support {

// Far longer than anything takes, however slow the machine: a test that waits so long has failed.
inline constexpr std::chrono::seconds long_enough{30};

class gate {
public:
    // Lets all through, now and later.
    void open() {
        const std::lock_guard held(mutex_);
        open_ = true;
        changed_.notify_all();
    }

    // Returns once it is open.
    void wait() {
        std::unique_lock held(mutex_);
        ++came_;
        changed_.notify_all();
        changed_.wait(held, [this] { return open_; });
    }

    // Likewise; false where it stays shut for `t`.
    bool wait_for(std::chrono::milliseconds t) {
        std::unique_lock held(mutex_);
        ++came_;
        changed_.notify_all();
        return changed_.wait_for(held, t, [this] { return open_; });
    }

    // Returns once `n` threads have come to wait(), whether they stand there still or not. False: they
    // have not come in time.
    bool until_came(std::size_t n, std::chrono::milliseconds t = long_enough) {
        std::unique_lock held(mutex_);
        return changed_.wait_for(held, t, [&] { return came_ >= n; });
    }

    bool is_open() {
        const std::lock_guard held(mutex_);
        return open_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    std::size_t came_ = 0;
};

// Opens a gate at the end of a scope, so that a test that fails holds nobody.
class opened_at_end {
public:
    explicit opened_at_end(gate& g) : gate_(g) {}
    ~opened_at_end() { gate_.open(); }
    opened_at_end(const opened_at_end&) = delete;
    opened_at_end& operator=(const opened_at_end&) = delete;

private:
    gate& gate_;
};

}  // namespace support
