// A library that a program loads when it runs, and that has functions for its pool.
#include "executors/programs/plugin.hpp"

extern "C" int run_on_pool(concur::process_pool_executor& pool) {
    return pool.submit([](int n) { return 6 * n; }, 7).result();
}
