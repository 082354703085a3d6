// refused: then(fn): fn can be called neither with the value nor with the future
#include <concur/futures.hpp>

void wrong(concur::executor& pool, const concur::future<int>& f) {
    f.then(pool, [] { return 1; });
}
