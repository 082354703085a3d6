// refused: map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range
#include <concur/futures.hpp>
#include <string>
#include <vector>

void wrong(concur::executor& pool, const std::vector<std::string>& words) {
    pool.map([](int n) { return n; }, words);
}
