// refused: for_each(pool, range, fn): this pool's calls run in other processes, which cannot see the caller's variables; use map()
#include <concur/futures.hpp>
#include <vector>

void wrong(concur::process_pool_executor& pool, std::vector<int>& numbers) {
    concur::for_each(pool, numbers, [](int& n) { ++n; });
}
