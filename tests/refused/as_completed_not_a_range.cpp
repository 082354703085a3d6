// refused: as_completed(futures): give it a range of concur::future<T>, such as a vector
#include <concur/futures.hpp>
#include <vector>

void wrong(const std::vector<int>& numbers) { concur::as_completed(numbers); }
