// refused: what a lambda has captured cannot be seen
#include <concur/futures.hpp>
#include <vector>

void wrong(concur::process_pool_executor& pool, int offset) {
    for (int n : pool.map([&offset](int i) { return i + offset; }, std::vector<int>{1, 2})) static_cast<void>(n);
}
