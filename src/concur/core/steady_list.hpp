// A list that only grows, and whose items stay where they were made.
#pragma once
#include "concur/platform/large_pages.hpp"

#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace concur {

//   The first block has room for as many items as were expected, each further one for as many as there
//   are before it. So there are few, and those of many megabytes come in large pages: filling a page
//   for the first time costs more than what is done with the items in it.
template <class T>
class steady_list {
public:
    explicit steady_list(std::size_t expected = 16) noexcept : first_(expected > 0 ? expected : 1) {}
    steady_list(const steady_list&) = delete;
    steady_list& operator=(const steady_list&) = delete;
    ~steady_list() {
        for (std::size_t i = 0; i < size_; ++i) std::destroy_at(&(*this)[i]);
        for (std::size_t b = 0; b < blocks_.size(); ++b) std::allocator<T>().deallocate(blocks_[b], room_in(b));
    }

    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) const noexcept {
        const auto b = static_cast<std::size_t>(std::bit_width(i / first_));
        return blocks_[b][i - room_before(b)];
    }

    // Where it throws, nothing has changed.
    template <class... A>
    T& add(A&&... args) {
        if (end_ == nullptr || size_ == room_before(blocks_.size())) open_block();
        T* const made = std::construct_at(end_, std::forward<A>(args)...);
        ++end_;
        ++size_;
        return *made;
    }

private:
    std::size_t room_before(std::size_t b) const noexcept { return b == 0 ? 0 : first_ << (b - 1); }
    std::size_t room_in(std::size_t b) const noexcept { return b == 0 ? first_ : room_before(b); }

    void open_block() {
        const std::size_t room = room_in(blocks_.size());
        blocks_.reserve(blocks_.size() + 1);
        end_ = std::allocator<T>().allocate(room);
        blocks_.push_back(end_);
        platform::expect_filled(end_, room * sizeof(T));
    }

    const std::size_t first_;
    std::vector<T*> blocks_;
    T* end_ = nullptr;  // where the next item goes, in the last block
    std::size_t size_ = 0;
};

}  // namespace concur
