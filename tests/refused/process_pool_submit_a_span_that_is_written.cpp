// refused: submit(fn, args...): what fn writes through a char* or a std::span<T> stays in the other process; let it take a const char* or a std::span<const T>, and return what it has made
#include <concur/futures.hpp>
#include <span>
#include <vector>

void fill(std::span<int>);

void wrong(concur::process_pool_executor& pool, std::vector<int>& v) { pool.submit(fill, std::span<int>(v)); }
