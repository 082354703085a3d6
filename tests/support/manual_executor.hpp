// An executor whose work runs when the test says so, on the thread that says so.
#pragma once
#include "concur/core/error.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/futures/executor.hpp"

#include <atomic>

namespace support {

class manual_executor final : public concur::executor {
public:
    manual_executor() = default;
    manual_executor(const manual_executor&) = delete;
    manual_executor& operator=(const manual_executor&) = delete;
    ~manual_executor() override { refuse_all(nullptr); }

    using executor::shutdown;
    void shutdown(concur::shutdown_options) override { shut_ = true; }

    void post(concur::job& j, int priority = 0) override {
        if (shut_) throw concur::executor_shutdown("this executor was shut down");
        const concur::holding h(lock_);
        line_.push(j);
        last_priority = priority;
        ++posted;
    }

    // False: nothing is there to run.
    bool run_one() {
        concur::job* const j = next();
        if (j != nullptr) j->run(*j);
        return j != nullptr;
    }
    int run_all() {
        int ran = 0;
        while (run_one()) ++ran;
        return ran;
    }
    void refuse_all(const std::exception_ptr& why) {
        while (concur::job* const j = next()) j->refuse(*j, why);
    }

    int posted = 0;  // so far
    int last_priority = 0;

private:
    concur::job* next() {
        const concur::holding h(lock_);
        return line_.pop();
    }

    concur::lock_word lock_;
    concur::job_line line_;
    std::atomic<bool> shut_{false};
};

}  // namespace support
