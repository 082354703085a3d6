#include "concur/threading/barrier.hpp"

#include <stdexcept>

namespace concur::threading {
namespace {

std::uint32_t checked(std::int64_t parties) {
    if (parties < 1) throw std::invalid_argument("barrier: it takes 1 party or more");
    if (parties > 0x7FFF'FFFF) throw std::invalid_argument("barrier: it takes 2147483647 parties at most");
    return static_cast<std::uint32_t>(parties);
}

}  // namespace

barrier::barrier(std::int64_t parties, function<void()> action, timeout t)
    : parties_(checked(parties)), line_(parties_), timeout_(t), action_(std::move(action)) {}

std::size_t barrier::wait(timeout t, const std::stop_token& stop) {
    round_line::arrival here;
    const turn how = line_.wait(here, deadline(t), stop);
    return line_.come_out(how, here, action_);
}

}  // namespace concur::threading
