// An item that can be moved from place to place without an exception.
#pragma once
#include "concur/core/recycled.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace concur {

template <class T>
inline constexpr bool moves_without_throwing =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

// The item itself where it is such a one; else it lies in a block of its own, and stays there.
template <class T, bool = moves_without_throwing<T>>
class steady_item {
public:
    explicit steady_item(T&& item) noexcept : item_(std::move(item)) {}
    T& get() noexcept { return item_; }

private:
    T item_;
};

template <class T>
class steady_item<T, false> {
public:
    explicit steady_item(T&& item) : cell_(new cell(std::move(item))) {}
    T& get() noexcept { return cell_->item; }

private:
    struct cell : recycled {
        explicit cell(T&& i) : item(std::move(i)) {}
        T item;
    };

    std::unique_ptr<cell> cell_;
};

}  // namespace concur
