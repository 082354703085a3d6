// Python's queue.Queue: first in, first out.
#pragma once
#include "concur/queue/basic_queue.hpp"
#include "concur/queue/item_blocks.hpp"

namespace concur {

template <class T>
class queue : public basic_queue<T, item_blocks<T>> {
public:
    using basic_queue<T, item_blocks<T>>::basic_queue;
};

}  // namespace concur
