// refused: wait(futures): give it a range of concur::future<T>, such as a vector
#include <chrono>
#include <concur/futures.hpp>
#include <future>
#include <vector>

void wrong(const std::vector<std::shared_future<int>>& others) { concur::wait(others, std::chrono::seconds{1}); }
