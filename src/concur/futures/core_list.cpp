#include "concur/futures/core_list.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>

namespace concur {
namespace {

// Which cores have been seen: a table at most half full. Neighbours in memory are far apart in it, and
// so are those whose addresses differ by some round number.
class seen_cores {
public:
    explicit seen_cores(std::size_t most) : bits_(std::max(static_cast<int>(std::bit_width(2 * most)), 1)) {
        const std::size_t places = std::size_t{1} << bits_;
        reserve_room(table_, places);
        table_.resize(places);
    }

    void fetch_ahead(future_core* core) const noexcept { platform::fetch_ahead(&table_[place_of(core)]); }

    // False: it was there already.
    bool add(future_core* core) noexcept {
        std::size_t at = place_of(core);
        for (; table_[at] != nullptr; at = (at + 1) & (table_.size() - 1))
            if (table_[at] == core) return false;
        table_[at] = core;
        return true;
    }

private:
    std::size_t place_of(const future_core* core) const noexcept {
        return (reinterpret_cast<std::uintptr_t>(core) * std::uint64_t{0x9e3779b97f4a7c15}) >> (64 - bits_);
    }

    const int bits_;
    std::vector<future_core*> table_;
};

// As futures lie that were made one after the other.
bool each_lies_behind_the_one_before(const std::vector<future_core*>& cores) noexcept {
    return std::adjacent_find(cores.begin(), cores.end(), std::greater_equal<>()) == cores.end();
}

}  // namespace

core_list::core_list(std::vector<future_core*> cores) noexcept : cores_(std::move(cores)) {
    for (future_core* const core : cores_) core->retain();
}

core_list::~core_list() {
    for (future_core* const core : cores_)
        if (core != nullptr) core->release();
}

void core_list::reserve(std::size_t n) { reserve_room(cores_, n); }

void core_list::push(future_core& core) {
    try {
        cores_.push_back(&core);
    } catch (...) {
        core.release();
        throw;
    }
}

void core_list::drop_repeated() {
    if (each_lies_behind_the_one_before(cores_)) return;
    seen_cores seen(cores_.size());
    std::size_t kept = 0;
    constexpr std::size_t ahead = 16;
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        if (i + ahead < cores_.size()) seen.fetch_ahead(cores_[i + ahead]);
        if (seen.add(cores_[i])) std::swap(cores_[kept++], cores_[i]);
    }
    while (cores_.size() > kept) {
        cores_.back()->release();
        cores_.pop_back();
    }
}

}  // namespace concur
