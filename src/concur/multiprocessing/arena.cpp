#include "concur/multiprocessing/arena.hpp"

#include <algorithm>
#include <bit>
#include <new>

namespace concur::multiprocessing {

memory_lease arena::lease(std::size_t size) {
    if (size > PTRDIFF_MAX / 2) throw std::bad_array_new_length();
    const holding h(lock_);
    size_class& c = class_of(block_size(size));
    if (c.free.empty()) add_segment(c);
    const memory_lease found = c.free.back();
    c.free.pop_back();
    if (c.block >= own_segment) idle_ -= c.block;
    return found;
}

// `free` has room for every block of its class.
void arena::give_back(const memory_lease& lease) noexcept {
    const holding h(lock_);
    size_class& c = class_of(lease.size);
    c.free.push_back(lease);
    if (c.block < own_segment) return;
    idle_ += c.block;
    if (idle_ > kept_) drop_idle();
}

int arena::file_of(std::uint32_t serial, std::size_t& size) noexcept {
    const holding h(lock_);
    const auto& s = segments_[serial - 1];
    size = s->memory.size();
    return s->file.get();
}

std::vector<std::uint32_t> arena::gone() {
    const holding h(lock_);
    std::vector<std::uint32_t> told = gone_;
    gone_.clear();
    return told;
}

// Powers of two below a page's worth, then eight steps to each power.
std::size_t arena::block_size(std::size_t size) {
    if (size <= smallest) return smallest;
    if (size <= 4096) return std::bit_ceil(size);
    const std::size_t step = std::bit_floor(size) / 8;
    return (size + step - 1) / step * step;
}

arena::size_class& arena::class_of(std::size_t block) {
    const auto at = std::ranges::lower_bound(classes_, block, {}, [](const auto& c) { return c->block; });
    if (at != classes_.end() && (*at)->block == block) return **at;
    return **classes_.insert(at, std::make_unique<size_class>(size_class{.block = block}));
}

void arena::add_segment(size_class& c) {
    const std::size_t count = c.block >= own_segment ? 1 : c.in_next;
    if (segments_.size() == segments_.capacity()) segments_.reserve(2 * segments_.size() + 8);
    gone_.reserve(segments_.capacity());
    if (c.free.capacity() < c.blocks + count) c.free.reserve(std::max(c.blocks + count, 2 * c.blocks));
    auto made = std::make_unique<platform::segment>(platform::create_segment(count * c.block, true));
    std::byte* const memory = made->memory.data();
    segments_.push_back(std::move(made));
    c.blocks += count;
    for (std::size_t i = count; i-- > 0;)
        c.free.push_back(
            {.at = memory + i * c.block, .segment = last_serial(), .offset = i * c.block, .size = c.block});
    if (count == 1) idle_ += c.block;
    else if (c.in_next * c.block < (std::size_t{16} << 20)) c.in_next *= 2;
}

// The largest first: they are the fewest.
void arena::drop_idle() noexcept {
    for (auto c = classes_.rbegin(); c != classes_.rend() && idle_ > kept_ / 2; ++c) {
        if ((*c)->block < own_segment) return;
        while (!(*c)->free.empty() && idle_ > kept_ / 2) {
            const std::uint32_t serial = (*c)->free.back().segment;
            (*c)->free.pop_back();
            --(*c)->blocks;
            segments_[serial - 1].reset();
            gone_.push_back(serial);
            idle_ -= (*c)->block;
        }
    }
}

}  // namespace concur::multiprocessing
