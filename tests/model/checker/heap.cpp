#include "heap.hpp"

#include <cstring>
#include <sys/mman.h>

namespace concur::model {
namespace {

constexpr int fresh_memory = 0xCD;  // what no one has written yet

}  // namespace

heap::heap() {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    base_ = next_ = reinterpret_cast<std::uintptr_t>(memory);
    blocks_.reserve(1024);
}

void heap::start_schedule() noexcept {
    next_ = base_;
    blocks_.clear();
    alive_ = 0;
}

// A gap of a cell between two blocks, so that an index one too far meets no neighbour.
void* heap::allocate(std::size_t size, std::size_t alignment, const block& about) noexcept {
    const std::size_t step = alignment < 16 ? 16 : alignment;
    const std::uintptr_t at = (next_ + 8 + step - 1) / step * step;
    if (size > bytes || at + size > base_ + bytes) return nullptr;
    next_ = at + size;
    block made = about;
    made.begin = at;
    made.size = size;
    made.alive = true;
    blocks_.push_back(made);
    ++alive_;
    void* p = reinterpret_cast<void*>(at);
    return std::memset(p, fresh_memory, size);
}

block* heap::holding(std::uintptr_t at) noexcept {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), at,
                                        [](std::uintptr_t a, const block& b) { return a < b.begin; });
    return after == blocks_.begin() ? nullptr : &*(after - 1);
}

block* heap::find(const void* p) noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(p);
    block* b = holding(at);
    return b != nullptr && b->begin == at ? b : nullptr;
}

void heap::free(block& b, place from) noexcept {
    b.alive = false;
    b.freed = from;
    --alive_;
}

const block* heap::leak(std::vector<range> roots) {
    if (alive_ == 0) return nullptr;
    for (const block& b : blocks_)
        if (b.alive && b.may_stay) roots.push_back({b.begin, b.begin + b.size});
    std::vector<char> reached(blocks_.size(), 0);
    while (!roots.empty()) {
        const range r = roots.back();
        roots.pop_back();
        for (std::uintptr_t at = (r.begin + 7) / 8 * 8; at + 8 <= r.end; at += 8) {
            std::uintptr_t word = 0;
            std::memcpy(&word, reinterpret_cast<const void*>(at), 8);
            block* b = word >= base_ && word < next_ ? holding(word) : nullptr;
            if (b == nullptr || !b->alive || word >= b->begin + std::max<std::size_t>(b->size, 1)) continue;
            char& seen = reached[static_cast<std::size_t>(b - blocks_.data())];
            if (seen == 0) roots.push_back({b->begin, b->begin + b->size});
            seen = 1;
        }
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i)
        if (blocks_[i].alive && !blocks_[i].may_stay && reached[i] == 0) return &blocks_[i];
    return nullptr;
}

}  // namespace concur::model
