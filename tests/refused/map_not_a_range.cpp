// refused: map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range
#include <concur/futures.hpp>

void wrong(concur::executor& pool) {
    pool.map([](int n) { return n; }, 5);
}
