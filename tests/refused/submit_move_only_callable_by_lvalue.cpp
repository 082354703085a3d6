// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>
#include <memory>

void wrong(concur::executor& pool) {
    auto fn = [p = std::make_unique<int>(1)] { return *p; };
    pool.submit(fn);
}
