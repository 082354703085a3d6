// The heap of a schedule: addresses are given out once and never again within a schedule, so that
// whoever comes back to a freed block is seen.
#pragma once
#include "shadow.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace concur::model {

struct block {
    std::uintptr_t begin;
    std::size_t size;
    place allocated;
    place freed;
    std::uint8_t by;
    bool alive;
    bool may_stay;
};

class heap {
public:
    heap();
    void start_schedule() noexcept;

    bool any_alive() const noexcept { return alive_ != 0; }
    bool owns(const void* p) const noexcept {
        const auto at = reinterpret_cast<std::uintptr_t>(p);
        return at >= base_ && at < base_ + bytes;
    }
    // Null where the schedule has used up its memory.
    void* allocate(std::size_t size, std::size_t alignment, const block& about) noexcept;
    // The block that begins here, or null.
    block* find(const void* p) noexcept;
    void free(block& b, place from) noexcept;

    // A block that is still alive, must not be, and that no root leads to. A root is a word-aligned
    // range of memory whose words may be pointers.
    struct range {
        std::uintptr_t begin;
        std::uintptr_t end;
    };
    const block* leak(std::vector<range> roots);

private:
    static constexpr std::size_t bytes = std::size_t{1} << 28U;
    block* holding(std::uintptr_t at) noexcept;

    std::uintptr_t base_;
    std::uintptr_t next_;
    std::vector<block> blocks_;  // by address
    std::size_t alive_ = 0;
};

}  // namespace concur::model
