// Python's queue.LifoQueue: last in, first out.
#pragma once
#include "concur/queue/basic_queue.hpp"
#include "concur/queue/item_stack.hpp"

namespace concur {

template <class T>
class lifo_queue : public basic_queue<T, item_stack<T>> {
public:
    using basic_queue<T, item_stack<T>>::basic_queue;
};

}  // namespace concur
