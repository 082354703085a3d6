#include "concur/multiprocessing/stop_watcher.hpp"

#include "concur/platform/futex.hpp"

#include <utility>

namespace concur::multiprocessing {

std::stop_token stop_watcher::begin(std::uint32_t number) {
    if (!std::exchange(watching_, true)) platform::os_thread::start(&watch, this).detach();
    std::stop_source fresh;
    {
        const holding h(lock_);
        source_ = fresh;
        number_ = number;
        runs_ = true;
    }
    pass_on(asked_->load(std::memory_order_acquire));  // it may have been asked before
    return fresh.get_token();
}

void stop_watcher::end() noexcept {
    if (!watching_) return;
    const holding h(lock_);
    runs_ = false;
    source_ = std::stop_source(std::nostopstate);
}

void stop_watcher::watch(void* self) noexcept {
    platform::name_this_thread("concur-stop");
    auto& me = *static_cast<stop_watcher*>(self);
    for (std::uint32_t seen = me.asked_->load(std::memory_order_acquire);;) {
        me.pass_on(seen);
        platform::shared_futex_wait(me.asked_, seen);
        seen = me.asked_->load(std::memory_order_acquire);
    }
}

// Stop callbacks are the user's code: they run without the lock.
void stop_watcher::pass_on(std::uint32_t asked) noexcept {
    std::stop_source source(std::nostopstate);
    {
        const holding h(lock_);
        if (!runs_ || asked != number_ + 1) return;
        source = source_;
    }
    source.request_stop();
}

}  // namespace concur::multiprocessing
