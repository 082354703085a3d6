#include "concur/multiprocessing/arena.hpp"

#include "concur/multiprocessing/free_ranges.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <system_error>

namespace concur::multiprocessing {

arena::arena(std::size_t kept, std::size_t step) : ranges_(std::make_unique<free_ranges>()), kept_(kept), step_(step) {}

arena::~arena() = default;

memory_lease arena::lease(std::size_t size) {
    if (size > PTRDIFF_MAX / 2) throw std::bad_array_new_length();
    const holding h(lock_);
    const std::size_t block = block_size(size);
    const memory_lease found = block < large ? lease_block(class_of(block)) : lease_range(block);
    shared& of = *segments_[found.segment - 1];
    if (of.lent++ == 0) idle_ -= of.whole.memory.size();
    return found;
}

memory_lease arena::lease_block(size_class& c) {
    if (c.free.empty()) add_blocks(c);
    const memory_lease found = c.free.back();
    c.free.pop_back();
    return found;
}

memory_lease arena::lease_range(std::size_t size) {
    auto found = ranges_->take(size);
    if (!found) {
        add_range(size);
        found = ranges_->take(size);
    }
    std::byte* const memory = segments_[found->area - 1]->whole.memory.data();
    return {.at = memory + found->offset, .segment = found->area, .offset = found->offset, .size = size};
}

// `free` has room for every block of its class.
bool arena::give_back(const memory_lease& lease) noexcept {
    const holding h(lock_);
    shared& of = *segments_[lease.segment - 1];
    if (of.block != 0) class_of(of.block).free.push_back(lease);
    else ranges_->give_back({lease.segment, lease.offset});
    if (--of.lent != 0) return false;
    idle_ += of.whole.memory.size();
    return idle_ > kept_ && drop_idle(kept_ / 2);
}

void arena::keep_nothing() noexcept {
    const holding h(lock_);
    kept_ = 0;
    drop_idle(0);
}

int arena::file_of(std::uint32_t serial, std::size_t& size) noexcept {
    const holding h(lock_);
    const auto& s = segments_[serial - 1]->whole;
    size = s.memory.size();
    return s.file.get();
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

void arena::add_blocks(size_class& c) {
    const std::size_t count = c.in_next, size = count * c.block;
    if (c.free.capacity() < c.blocks + count) c.free.reserve(std::max(c.blocks + count, 2 * c.blocks));
    std::byte* const memory = add_segment(size, size, c.block).data();
    c.blocks += count;
    for (std::size_t i = count; i-- > 0;)
        c.free.push_back(
            {.at = memory + i * c.block, .segment = last_serial(), .offset = i * c.block, .size = c.block});
    if (size < (std::size_t{16} << 20)) c.in_next *= 2;
}

void arena::add_range(std::size_t least) {
    const std::size_t wanted = std::clamp(in_ranges_, smallest_step, std::max(step_, smallest_step));
    const std::size_t size = add_segment(std::max(least, wanted), least, 0).size();
    try {
        ranges_->add(last_serial(), size);
    } catch (...) {
        idle_ -= size;
        segments_.pop_back();
        throw;
    }
    in_ranges_ += size;
}

// Where the system has not so much to give, what nobody uses is given up, and `least` is enough.
const platform::mapping& arena::add_segment(std::size_t size, std::size_t least, std::size_t block) {
    if (segments_.size() == segments_.capacity()) segments_.reserve(2 * segments_.size() + 8);
    gone_.reserve(segments_.capacity());
    auto made = std::make_unique<shared>(shared{.whole = {}, .block = block});
    try {
        made->whole = platform::create_segment(size, true);
    } catch (const std::system_error&) {
        if (!drop_idle(0) && size == least) throw;
        made->whole = platform::create_segment(least, true);
    }
    segments_.push_back(std::move(made));
    const platform::mapping& memory = segments_.back()->whole.memory;
    idle_ += memory.size();
    return memory;
}

// The newest first: they are the largest.
bool arena::drop_idle(std::size_t down_to) noexcept {
    const std::size_t before = gone_.size();
    for (auto serial = last_serial(); serial > 0 && idle_ > down_to; --serial)
        if (segments_[serial - 1] != nullptr && segments_[serial - 1]->lent == 0) drop(serial);
    if (gone_.size() == before) return false;
    for (const auto& c : classes_)
        c->blocks -= std::erase_if(c->free, [&](const memory_lease& b) { return segments_[b.segment - 1] == nullptr; });
    return true;
}

void arena::drop(std::uint32_t serial) noexcept {
    const std::size_t size = segments_[serial - 1]->whole.memory.size();
    idle_ -= size;
    if (segments_[serial - 1]->block == 0) {
        in_ranges_ -= size;
        ranges_->remove(serial);
    }
    segments_[serial - 1].reset();
    gone_.push_back(serial);
}

}  // namespace concur::multiprocessing
