// First in, first out, in one block of memory.
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

namespace concur {

// What was taken is given up when it is half of the whole, so that each push and pop costs the same
// on average, however many there are.
template <class T>
class fifo {
public:
    bool empty() const noexcept { return taken_ == items_.size(); }
    std::size_t size() const noexcept { return items_.size() - taken_; }
    void push(T item) { items_.push_back(std::move(item)); }

    T pop() {
        T first = std::move(items_[taken_++]);
        if (2 * taken_ >= items_.size()) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(taken_));
            taken_ = 0;
        }
        return first;
    }

    T& front() noexcept { return items_[taken_]; }
    auto begin() noexcept { return items_.begin() + static_cast<std::ptrdiff_t>(taken_); }
    auto end() noexcept { return items_.end(); }

private:
    std::vector<T> items_;
    std::size_t taken_ = 0;
};

}  // namespace concur
