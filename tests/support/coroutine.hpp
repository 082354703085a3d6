// Coroutine types without any loop: what a stranger's coroutine looks like to a future.
#pragma once
#include "support/gate.hpp"

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace support {

// Starts at once, belongs to nobody, and must not throw.
struct detached {
    struct promise_type {
        detached get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

// Starts at once and runs wherever it is resumed; destroying this destroys the coroutine, which must
// not run at that moment.
template <class T = void>
class task_coroutine;

struct ended_gate {
    bool await_ready() noexcept { return false; }
    // The owner may destroy the frame as soon as the gate is open.
    void await_suspend(std::coroutine_handle<>) noexcept {
        const std::shared_ptr<gate> held = std::move(ended);
        held->open();
    }
    void await_resume() noexcept {}
    std::shared_ptr<gate> ended;
};

struct task_promise_base {
    std::suspend_never initial_suspend() noexcept { return {}; }
    ended_gate final_suspend() noexcept { return {ended}; }
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::exception_ptr error;
    std::shared_ptr<gate> ended = std::make_shared<gate>();
};

template <class T>
struct task_promise : task_promise_base {
    task_coroutine<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& v) {
        value.emplace(std::forward<U>(v));
    }
    T take() { return std::move(*value); }
    std::optional<T> value;
};

template <>
struct task_promise<void> : task_promise_base {
    task_coroutine<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() noexcept {}
};

template <class T>
class task_coroutine {
public:
    using promise_type = task_promise<T>;

    explicit task_coroutine(std::coroutine_handle<promise_type> h) : handle_(h), ended_(h.promise().ended) {}
    task_coroutine(task_coroutine&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)), ended_(std::move(other.ended_)) {}
    task_coroutine& operator=(task_coroutine&&) = delete;
    ~task_coroutine() {
        if (handle_) handle_.destroy();
    }

    bool done() const { return ended_->is_open(); }

    // Waits for the end; what the coroutine returned or threw. Once.
    T result() {
        if (!ended_->wait_for(long_enough)) std::terminate();
        if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
        return handle_.promise().take();
    }

private:
    std::coroutine_handle<promise_type> handle_;
    std::shared_ptr<gate> ended_;
};

template <class T>
task_coroutine<T> task_promise<T>::get_return_object() noexcept {
    return task_coroutine<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task_coroutine<void> task_promise<void>::get_return_object() noexcept {
    return task_coroutine<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

}  // namespace support
