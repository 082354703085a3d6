// refused: invoke(pool, fns...): each of fns is called without arguments
#include <concur/futures.hpp>

void wrong(concur::thread_pool_executor& pool) {
    concur::invoke(pool, [](int n) { return n; });
}
