// refused: for_each(pool, range, fn): give it a range with places that can be counted, such as a vector, an array or a std::span
#include <concur/futures.hpp>
#include <list>

void wrong(concur::thread_pool_executor& pool, std::list<int>& numbers) {
    concur::for_each(pool, numbers, [](int& n) { ++n; });
}
