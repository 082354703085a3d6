// refused: invoke(pool, fns...): this pool's calls run in other processes, which cannot see the caller's variables; use submit()
#include <concur/futures.hpp>

void wrong(concur::process_pool_executor& pool) {
    concur::invoke(pool, [] { return 1; }, [] { return 2; });
}
