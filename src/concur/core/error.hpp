// The errors of the library. All derive from concur::error; each text says what happened and the mend.
#pragma once
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace concur {

class error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// An exception to hand on. Where memory is out, the one that says so: there is always one to give.
template <class E, class... A>
std::exception_ptr made_exception(A&&... args) noexcept {
    try {
        return std::make_exception_ptr(E(std::forward<A>(args)...));
    } catch (...) {
        return std::current_exception();
    }
}

// The result of a cancelled future, whoever ran it. (concurrent.futures.CancelledError)
class cancelled_error : public error {
public:
    cancelled_error() : error("the future was cancelled before it had a result") {}
    using error::error;
};

// A wait ran out. (TimeoutError)
class timeout_error : public error {
public:
    timeout_error() : error("the time is over and the future is not done") {}
    using error::error;
};

// A result set twice, a promise misused. (concurrent.futures.InvalidStateError)
class invalid_state_error : public error {
public:
    using error::error;
};

// Work handed to an executor that takes none any more. (RuntimeError in Python)
class executor_shutdown : public error {
public:
    using error::error;
};

// The pool cannot run work any more. (concurrent.futures.BrokenExecutor)
class broken_executor : public error {
public:
    explicit broken_executor(const std::string& what, std::exception_ptr cause = nullptr)
        : error(what), cause_(std::move(cause)) {}

    // What broke it; null where no exception did.
    std::exception_ptr cause() const noexcept { return cause_; }

private:
    std::exception_ptr cause_;
};

// (concurrent.futures.thread.BrokenThreadPool)
class broken_thread_pool : public broken_executor {
public:
    using broken_executor::broken_executor;
};

// Nothing to take, no room to put, or closed for good: one family for every kind of queue.
class queue_empty : public error {
public:
    using error::error;
};

class queue_full : public error {
public:
    using error::error;
};

class queue_shut_down : public error {
public:
    using error::error;
};

// The others of a barrier will not come. (threading.BrokenBarrierError)
class broken_barrier_error : public error {
public:
    using error::error;
};

}  // namespace concur
