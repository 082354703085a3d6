#include "concur/futures/wait.hpp"

#include "concur/futures/arrival_line.hpp"

#include <algorithm>
#include <numeric>

namespace concur {
namespace {

bool failed(const future_core& core) noexcept {
    return core.now() == future_core::state::finished && core.error() != nullptr;
}

bool is_enough(const future_core& core, return_when policy) noexcept {
    if (policy == return_when::first_completed) return core.done();
    return policy == return_when::first_exception && failed(core);
}

}  // namespace

void wait_for_some(std::span<future_core* const> cores, deadline until, return_when policy) {
    if (std::ranges::any_of(cores, [&](future_core* c) { return is_enough(*c, policy); })) return;
    arrival_line line;
    for (future_core* const core : cores) {
        if (core->done()) continue;
        core->retain();
        line.add(*core);
    }
    while (line.left() > 0) {
        future_core* const core = line.next(until);
        if (core == nullptr) return;
        const bool enough = is_enough(*core, policy);
        core->release();
        if (enough) return;
    }
}

std::vector<bool> firsts_among(std::span<future_core* const> cores) {
    std::vector<std::size_t> order(cores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::less{}, [&](std::size_t i) { return cores[i]; });
    std::vector<bool> first(cores.size(), true);
    for (std::size_t i = 1; i < order.size(); ++i)
        if (cores[order[i]] == cores[order[i - 1]]) first[order[i]] = false;
    return first;
}

}  // namespace concur
