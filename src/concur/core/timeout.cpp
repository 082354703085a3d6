#include "concur/core/timeout.hpp"

#include "concur/platform/clock.hpp"
#include "concur/platform/futex.hpp"

namespace concur {

deadline::deadline(timeout from_now) noexcept : at_(timeout::endless) {
    if (from_now.is_endless()) return;
    if (from_now.is_poll()) {
        at_ = 0;
        return;
    }
    const std::int64_t now = platform::steady_ns();
    if (from_now.ns() < timeout::endless - now) at_ = now + from_now.ns();
}

std::int64_t deadline::left_ns() const noexcept {
    if (is_never()) return platform::forever;
    if (at_ == 0) return 0;
    const std::int64_t now = platform::steady_ns();
    return at_ > now ? at_ - now : 0;
}

}  // namespace concur
