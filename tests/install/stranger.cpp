// A program of somebody who has our library and nothing else of ours.
#include <concur/concur.hpp>
#include <iostream>

int squares_to(concur::executor& pool, int last);  // in second.cpp, which includes the library too

int main() {
    concur::thread_pool_executor pool(2);
    const auto sum = pool.submit([](int a, int b) { return a + b; }, 40, 2);
    std::cout << sum.result() << ' ' << squares_to(pool, 4) << '\n';
}
