// refused: when_all(futures): give it
#include <concur/futures.hpp>
#include <vector>

void wrong(const std::vector<int>& numbers) { concur::when_all(numbers); }
