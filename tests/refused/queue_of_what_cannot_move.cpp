// refused: queue<T>: T cannot be moved, so it cannot be put in
#include <concur/queue.hpp>

#include <atomic>

concur::queue<std::atomic<int>> wrong;
