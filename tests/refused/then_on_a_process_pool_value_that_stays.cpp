// refused: a pointer means nothing in another process
#include <concur/futures.hpp>

void wrong(concur::process_pool_executor& pool, const concur::future<int*>& f) {
    f.then(pool, [](const int*) { return 1; });
}
