// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>

int twice(int n);

void wrong(concur::thread_pool_executor& pool) { pool.submit(twice, 1, 2); }
