// refused: what a lambda has captured cannot be seen
#include <concur/futures.hpp>

int wrong(concur::process_pool_executor& pool, int offset) {
    auto f = pool.submit([offset](int n) { return n + offset; }, 1);
    return f.result();
}
