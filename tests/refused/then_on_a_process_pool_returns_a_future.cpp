// refused: a future or promise stays in its process
#include <concur/futures.hpp>

concur::future<int> start(int n);

void wrong(concur::process_pool_executor& pool, const concur::future<int>& f) { f.then(pool, start); }
