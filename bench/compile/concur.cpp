#include <concur/futures.hpp>

int main() {
    concur::thread_pool_executor pool;
    return pool.submit([](int x) { return x + 1; }, -1).result();
}
