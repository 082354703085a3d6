// refused: simple_queue<T>: get() moves the item out, so T must be movable; put a std::unique_ptr<T>
#include <concur/queue.hpp>
#include <mutex>

concur::simple_queue<std::mutex> wrong;
