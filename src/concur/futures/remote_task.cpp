#include "concur/futures/remote_task.hpp"

#include "concur/core/aside.hpp"
#include "concur/core/error.hpp"
#include "concur/core/printable.hpp"
#include "concur/core/this_thread.hpp"

#include <utility>

namespace concur {
std::byte* remote_request::reserve(std::size_t size) {
    reset();
    if (size > room) lease_ = host_->lease(size);
    size_ = size;
    return is_small() ? bytes_ : lease_.at;
}

void remote_request::reset() noexcept {
    size_ = 0;
    if (lease_.at == nullptr) return;
    host_->give_back(lease_);
    lease_ = {};
}

remote_task::extras::extras(remote_task& t, const task_options& options)
    : timer_alarm(&ring), task(t), name(options.name), idempotent(options.idempotent) {}

void remote_task::extras::ring(timer_alarm& a) noexcept { static_cast<extras&>(a).task.expire(); }

remote_task::remote_task(remote_host& host, bool takes_token, refuser* refused) noexcept
    : job(&cannot_run_here, refused), request(host), host_(&host), takes_token_(takes_token) {
    host.retain();
}

remote_task::~remote_task() {
    request.reset();
    host_->release();
}

std::string_view remote_task::label() const noexcept {
    return label_.empty() ? std::string_view("a task") : std::string_view(label_);
}

void remote_task::start_timer(timeout t) {
    if (!extras_->name.empty()) label_ = "task '" + printable_name(extras_->name, most_of_a_name) + "'";
    if (t.is_poll()) return static_cast<void>(core().fail_pending(too_late()));
    const deadline at(t);
    if (at.is_never()) return;
    core().retain();
    try {
        extras_->set(at);
    } catch (...) {
        core().release();
        throw;
    }
}

void remote_task::start_timer_again(timeout t) noexcept {
    core().retain();
    try {
        extras_->set(deadline(t));
    } catch (...) {
        core().release();  // it stays with the warning
    }
}

void remote_task::stop_timer() noexcept {
    if (extras_ != nullptr && extras_->cancel()) core().release();
}

// By the timer thread, which every other time-out waits for: the callbacks are not for it.
void remote_task::expire() noexcept {
    if (!core().fail_pending(too_late(), callbacks)) {
        host_->end_overdue(*this);
        return core().release();
    }
    if (callbacks.empty()) return core().release();
    if (host_->call_back(*this)) return;
    run = &run_callbacks;
    run_aside(*this);
}

std::exception_ptr remote_task::too_late() const noexcept {
    try {
        return std::make_exception_ptr(
            timeout_error("the time-out of " + std::string(label()) + " was over before a worker was free for it"));
    } catch (...) {
        return std::current_exception();
    }
}

void remote_task::run_callbacks(job& j) noexcept {
    auto& t = static_cast<remote_task&>(j);
    run_continuations(t.callbacks);
    t.core().release();
}

bool remote_task::recall_from_host() noexcept {
    bool had_share = false;
    const bool recalled = host_->recall(*this, had_share);
    if (had_share) core().release();
    return recalled;
}

void remote_task::forget() noexcept {
    request.reset();
    stop_timer();
}

}  // namespace concur
