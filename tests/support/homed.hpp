// A home whose jobs run when the test says so, and a coroutine type that names its home.
#pragma once
#include "concur/core/error.hpp"
#include "concur/core/home.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/platform/cpu.hpp"

#include <atomic>
#include <coroutine>
#include <exception>
#include <utility>

namespace support {

class manual_home final : public concur::home {
public:
    manual_home() { open_lines(); }
    // Whoever has posted a job that has been run already may not have come out yet.
    ~manual_home() {
        close_lines();
        while (posting_ != 0) concur::platform::yield();
    }

    void post(concur::job& j, int = 0) override {
        ++posting_;
        bool refused = false;
        {
            const concur::holding h(lock_);
            refused = shut;
            if (!refused) line_.push(j);
        }
        --posting_;
        if (refused) throw concur::executor_shutdown("this home was shut");
    }
    // False: nothing is there to run.
    bool run_one() {
        concur::job* const j = next();
        if (j != nullptr) j->run(*j);
        return j != nullptr;
    }
    bool empty() {
        const concur::holding h(lock_);
        return line_.empty();
    }

    std::atomic<bool> shut{false};

private:
    concur::job* next() {
        const concur::holding h(lock_);
        return line_.pop();
    }
    bool take_out(concur::job& j) noexcept override {
        const concur::holding h(lock_);
        if (!j.stands_in_line()) return false;
        line_.remove(j);
        return true;
    }

    std::atomic<int> posting_{0};
    concur::lock_word lock_;
    concur::job_line line_;
};

// Starts at once. Its home is the first parameter of the function. Destroying this destroys the coroutine, which must
// not run at that moment.
class homed {
public:
    struct promise_type {
        template <class... A>
        explicit promise_type(manual_home& where, A&...) noexcept : where_(&where) {}
        homed get_return_object() noexcept { return homed(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
        concur::home* home() noexcept { return where_; }

    private:
        manual_home* where_;
    };

    homed(homed&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    homed& operator=(homed&&) = delete;
    ~homed() {
        if (handle_) handle_.destroy();
    }
    bool done() const { return handle_.done(); }

private:
    explicit homed(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}

    std::coroutine_handle<promise_type> handle_;
};

}  // namespace support
