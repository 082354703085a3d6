// refused: a pointer means nothing in another process
#include <concur/futures.hpp>
#include <vector>

void wrong(concur::process_pool_executor& pool) {
    for (const char* text : pool.map([](int) { return "text"; }, std::vector<int>{1, 2})) static_cast<void>(text);
}
