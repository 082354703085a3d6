// Which parts of some areas are free: for blocks of any size, side by side.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace concur::multiprocessing {

//   The ranges of an area cover it without a gap; no two that are neighbours are both free.
//   The node by which a range stands in `free_` is made with the range and waits in it while that is lent:
//   so giving back needs no memory.
//   One thread at a time.
class free_ranges {
public:
    struct place {
        std::uint32_t area = 0;
        std::uint64_t offset = 0;
        auto operator<=>(const place&) const = default;
    };

    // These two throw std::bad_alloc, and nothing has happened then.
    // A new area, all of it free.
    void add(std::uint32_t area, std::uint64_t size);
    // Of the smallest range that is large enough, the front; of equal ones the first. Nothing: there is none.
    std::optional<place> take(std::uint64_t size);

    void give_back(place at) noexcept;
    // Of an area that is all free.
    void remove(std::uint32_t area) noexcept;

private:
    struct by_size {
        std::uint64_t size = 0;
        place at;
        auto operator<=>(const by_size&) const = default;
    };
    using free_set = std::set<by_size>;
    struct range {
        std::uint64_t size = 0;
        free_set::node_type waiting;  // empty: the range is free
    };
    using range_map = std::map<place, range>;

    void add_free(place at, std::uint64_t size);
    static bool is_free(range_map::iterator r) noexcept { return r->second.waiting.empty(); }
    void join_next(range_map::iterator first) noexcept;

    range_map all_;
    free_set free_;
};

}  // namespace concur::multiprocessing
