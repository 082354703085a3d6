// refused: submit(fn, args...): fn cannot be called with copies of args: it takes one as a T& or a std::span<T>, and what it writes there nobody would see; let it take a value, a const T& or a std::span<const T>, and return what it has made
#include <concur/futures.hpp>
#include <span>
#include <vector>

void fill(std::span<int>);

void wrong(concur::process_pool_executor& pool, std::vector<int>& v) { pool.submit(fill, v); }
