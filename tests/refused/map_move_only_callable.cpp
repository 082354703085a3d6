// refused: map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range
#include <concur/futures.hpp>
#include <memory>
#include <vector>

void wrong(concur::executor& pool, const std::vector<int>& numbers) {
    pool.map([p = std::make_unique<int>(1)](int n) { return n + *p; }, numbers);
}
