// refused: a pointer means nothing in another process
#include <concur/futures.hpp>

int* found(int n);

auto wrong(concur::process_pool_executor& pool) { return pool.submit(found, 1); }
