// Items of which the last that came is the first to go.
#pragma once
#include "concur/queue/queue_gate.hpp"
#include "concur/queue/steady_item.hpp"

#include <utility>
#include <vector>

namespace concur {

template <class T>
class item_stack {
public:
    static constexpr queue_gate::kind kind = queue_gate::kind::one_end;

    // Where it throws the item is not there.
    void push(T&& item) { items_.emplace_back(std::move(item)); }

    // The first to go; there is one.
    T& front() noexcept { return items_.back().get(); }
    void drop_front() noexcept { items_.pop_back(); }

private:
    std::vector<steady_item<T>> items_;
};

}  // namespace concur
