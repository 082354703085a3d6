#include "concur/threading/rlock.hpp"

#include "concur/platform/os_thread.hpp"

#include <system_error>
#include <utility>

namespace concur::threading {

// No other thread has the same as long as this one lives.
std::uintptr_t rlock::me() noexcept { return reinterpret_cast<std::uintptr_t>(platform::thread_block()); }

// The name comes first: with it comes all that its last bearer did, so that nobody takes an old owner for himself.
bool rlock::is_mine() const noexcept {
    const std::uintptr_t mine = me();
    return owner_.load(std::memory_order_relaxed) == mine;
}

bool rlock::again() noexcept {
    if (!is_mine()) return false;
    ++depth_;
    return true;
}

bool rlock::own() noexcept {
    owner_.store(me(), std::memory_order_relaxed);
    depth_ = 1;
    return true;
}

void rlock::release() {
    if (!is_mine())
        throw std::system_error(
            std::make_error_code(std::errc::operation_not_permitted),
            "release: this thread does not have the lock; only the one that acquired it releases it");
    if (--depth_ > 0) return;
    owner_.store(0, std::memory_order_relaxed);
    lock_.release();
}

std::uint32_t rlock::release_all() noexcept {
    const std::uint32_t depth = std::exchange(depth_, 0);
    owner_.store(0, std::memory_order_relaxed);
    lock_.release();
    return depth;
}

void rlock::acquire_all(std::uint32_t depth) noexcept {
    lock_.acquire();
    own();
    depth_ = depth;
}

}  // namespace concur::threading
