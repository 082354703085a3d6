// refused: map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range
#include <concur/futures.hpp>
#include <memory>
#include <vector>

void wrong(concur::executor& pool, std::vector<std::unique_ptr<int>>& pointers) {
    pool.map([](std::unique_ptr<int> p) { return *p; }, pointers);
}
