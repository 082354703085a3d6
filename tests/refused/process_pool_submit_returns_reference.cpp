// refused: fn returns a reference, which means nothing in another process
#include <concur/futures.hpp>

const int& largest(int a, int b);

auto wrong(concur::process_pool_executor& pool) { return pool.submit(largest, 1, 2); }
