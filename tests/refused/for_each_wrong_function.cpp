// refused: for_each(pool, range, fn): fn cannot be called with an element of the range
#include <concur/futures.hpp>
#include <string>
#include <vector>

void wrong(concur::thread_pool_executor& pool, std::vector<int>& numbers) {
    concur::for_each(pool, numbers, [](std::string& s) { s += "x"; });
}
