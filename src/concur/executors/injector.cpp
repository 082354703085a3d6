#include "concur/executors/injector.hpp"

namespace concur {
namespace {

constexpr unsigned turns_of_the_first = 32;

}  // namespace

// There are some of other priorities.
job* injector::choose() noexcept {
    const bool others_first = others_.highest_priority() > 0;
    if (++choices_ % turns_of_the_first == 0) {
        const std::size_t turn = choices_ / turns_of_the_first;
        job* const j = others_first && turn % 2 == 0 ? usual_.pop() : others_.pop_less_urgent(turn / 2);
        if (j != nullptr) return j;
    }
    job* const j = others_first ? others_.pop() : usual_.pop();
    if (j != nullptr) return j;
    return others_first ? usual_.pop() : others_.pop();
}

}  // namespace concur
