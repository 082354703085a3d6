// A thread that is about to wait for something.
#pragma once
#include "support/asleep.hpp"
#include "support/until.hpp"

#include <atomic>
#include <thread>

namespace support {

class waiting_thread {
public:
    template <class F>
    explicit waiting_thread(F f)
        : thread_([this, f] {
              id_ = this_thread_id();
              f();
          }) {}

    // Returns once it sleeps. False: it has not come to that in time.
    bool sleeps() {
        return until([this] { return id_ != 0; }) && until_asleep(id_);
    }
    void join() { thread_.join(); }
    auto native_handle() { return thread_.native_handle(); }

private:
    std::atomic<int> id_{0};
    std::jthread thread_;
};

}  // namespace support
