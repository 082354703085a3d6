// co_await on a future, in any coroutine type: the awaiter is the job, so nothing is allocated.
#pragma once
#include "concur/core/job.hpp"
#include "concur/core/report_unhandled.hpp"

#include <coroutine>
#include <utility>

namespace concur {

//   Once listen() has taken the awaiter, the coroutine may already run on another thread and the
//   awaiter be gone: await_suspend touches nothing after it.
template <class Handle>
class await_future : job {
public:
    explicit await_future(Handle h) : job(&resume), handle_(std::move(h)) {}
    ~await_future() {
        if (coroutine_) handle_.core().unlisten(*this);  // the frame was destroyed while it waited
    }

    bool await_ready() const { return handle_.done(); }

    bool await_suspend(std::coroutine_handle<> waiting) {
        coroutine_ = waiting;
        if (handle_.core().listen(*this)) return true;
        coroutine_ = nullptr;
        return false;
    }

protected:
    Handle handle_;

private:
    static void resume(job& j) noexcept {
        try {
            std::exchange(static_cast<await_future&>(j).coroutine_, nullptr).resume();
        } catch (...) {
            report_unhandled(std::current_exception(), "a coroutine");
        }
    }

    std::coroutine_handle<> coroutine_;
};

// co_await f
template <class Handle>
struct await_shared : await_future<Handle> {
    using await_future<Handle>::await_future;
    decltype(auto) await_resume() const { return std::as_const(this->handle_).result(); }
};

// co_await std::move(f)
template <class Handle>
struct await_moved : await_future<Handle> {
    using await_future<Handle>::await_future;
    typename Handle::value_type await_resume() { return std::move(this->handle_).result(); }
};

}  // namespace concur
