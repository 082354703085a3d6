#include "concur/multiprocessing/free_ranges.hpp"

#include <iterator>
#include <utility>

namespace concur::multiprocessing {

void free_ranges::add(std::uint32_t area, std::uint64_t size) { add_free({area, 0}, size); }

void free_ranges::add_free(place at, std::uint64_t size) {
    const auto made = all_.emplace(at, range{.size = size, .waiting = {}}).first;
    try {
        free_.insert({size, at});
    } catch (...) {
        all_.erase(made);
        throw;
    }
}

std::optional<free_ranges::place> free_ranges::take(std::uint64_t size) {
    const auto found = free_.lower_bound(by_size{size, {}});
    if (found == free_.end()) return std::nullopt;
    const place at = found->at;
    if (found->size > size) add_free({at.area, at.offset + size}, found->size - size);
    range& taken = all_.find(at)->second;
    taken.size = size;
    taken.waiting = free_.extract(found);
    return at;
}

void free_ranges::give_back(place at) noexcept {
    auto whole = all_.find(at);
    auto node = std::move(whole->second.waiting);
    if (const auto after = std::next(whole); after != all_.end() && after->first.area == at.area && is_free(after)) {
        free_.erase(by_size{after->second.size, after->first});
        join_next(whole);
    }
    if (at.offset != 0 && is_free(std::prev(whole))) {
        --whole;
        free_.erase(by_size{whole->second.size, whole->first});
        join_next(whole);
    }
    node.value() = {whole->second.size, whole->first};
    free_.insert(std::move(node));
}

void free_ranges::join_next(range_map::iterator first) noexcept {
    const auto second = std::next(first);
    first->second.size += second->second.size;
    all_.erase(second);
}

void free_ranges::remove(std::uint32_t area) noexcept {
    const auto whole = all_.find({area, 0});
    free_.erase(by_size{whole->second.size, whole->first});
    all_.erase(whole);
}

}  // namespace concur::multiprocessing
