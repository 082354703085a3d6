// refused: a pointer means nothing in another process
#include <concur/futures.hpp>

int first(int* numbers);

auto wrong(concur::process_pool_executor& pool, int* numbers) {
    auto f = pool.submit(first, numbers);
    return f.result();
}
