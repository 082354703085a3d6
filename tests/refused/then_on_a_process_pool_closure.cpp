// refused: what a lambda has captured cannot be seen
#include <concur/futures.hpp>

void wrong(concur::process_pool_executor& pool, const concur::future<int>& f, int offset) {
    f.then(pool, [offset](int n) { return n + offset; });
}
