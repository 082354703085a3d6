#include "concur/multiprocessing/stop_watcher.hpp"

#include "concur/platform/futex.hpp"

namespace concur::multiprocessing {

std::stop_token stop_watcher::begin(std::uint64_t number) {
    if (!watching_) platform::os_thread::start(&watch, this).detach();
    watching_ = true;
    std::stop_source fresh;
    {
        const holding h(lock_);
        source_ = fresh;
        wish_ = &shared_->stop[number % ring_size];
    }
    pass_on();  // it may have been asked before
    return fresh.get_token();
}

void stop_watcher::end() noexcept {
    if (!watching_) return;
    const holding h(lock_);
    wish_ = nullptr;
    source_ = std::stop_source(std::nostopstate);
}

// Either the watcher sees the task, or the task sees what the watcher saw.
void stop_watcher::watch(void* self) noexcept {
    platform::name_this_thread("concur-stop");
    auto& me = *static_cast<stop_watcher*>(self);
    const atomic<std::uint32_t>& asked = me.shared_->stop_asked;
    for (;;) {
        const std::uint32_t seen = asked.load(std::memory_order_acquire);
        me.pass_on();
        platform::shared_futex_wait(&asked, seen);
    }
}

// Stop callbacks are the user's code: they run without the lock.
void stop_watcher::pass_on() noexcept {
    std::stop_source source(std::nostopstate);
    {
        const holding h(lock_);
        if (wish_ == nullptr || wish_->load(std::memory_order_relaxed) == 0) return;
        source = source_;
    }
    source.request_stop();
}

}  // namespace concur::multiprocessing
