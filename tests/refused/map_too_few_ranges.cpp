// refused: map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range
#include <concur/futures.hpp>
#include <vector>

void wrong(concur::executor& pool, const std::vector<int>& numbers) {
    pool.map({.chunksize = 8}, [](int a, int b) { return a + b; }, numbers);
}
