#include "concur/futures/wait.hpp"

#include "concur/futures/arrival_line.hpp"

#include <algorithm>
#include <utility>

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

void wait_for_some(const std::vector<future_core*>& cores, deadline until, return_when policy) {
    if (std::ranges::any_of(cores, [&](future_core* c) { return is_enough(*c, policy); })) return;
    arrival_line line(policy != return_when::first_completed);
    for (future_core* const core : cores) {
        if (!core->done()) line.add(*core);
        else if (is_enough(*core, policy)) return;  // by now
    }
    while (line.left() > 0) {
        future_core* const core = line.next(until);
        if (core == nullptr) return;
        const bool enough = is_enough(*core, policy);
        core->release();
        if (enough) return;
    }
}

std::vector<bool> firsts_among(const std::vector<future_core*>& cores) {
    std::vector<std::pair<future_core*, std::size_t>> places;
    places.reserve(cores.size());
    for (future_core* const core : cores) places.emplace_back(core, places.size());
    std::ranges::sort(places);
    std::vector<bool> first(cores.size(), true);
    for (std::size_t i = 1; i < places.size(); ++i)
        if (places[i].first == places[i - 1].first) first[places[i].second] = false;
    return first;
}

}  // namespace concur
