// Python's queue.PriorityQueue: the smallest first.
#pragma once
#include "concur/queue/basic_queue.hpp"
#include "concur/queue/item_heap.hpp"

#include <string>  // std::less, without <functional>
#include <utility>

namespace concur {

//   Of two items the one goes first that compares smaller; of equal ones, the one that came first.
//   A comparison may throw: from put(), which then has put nothing in; or from a call that gets, which has taken nothing.
template <class T, class Compare = std::less<T>>
class priority_queue : public basic_queue<T, item_heap<T, Compare>> {
    using base = basic_queue<T, item_heap<T, Compare>>;

public:
    explicit priority_queue(std::int64_t maxsize = 0, Compare before = Compare())
        : base(maxsize, item_heap<T, Compare>(std::move(before))) {}
};

}  // namespace concur
