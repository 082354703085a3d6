#include <concur/concur.hpp>
#include <vector>

int squares_to(concur::executor& pool, int last) {
    std::vector<concur::future<int>> squares;
    for (int n = 1; n <= last; ++n) squares.push_back(pool.submit([n] { return n * n; }));
    int sum = 0;
    for (const auto& square : squares) sum += square.result();
    return sum;
}
