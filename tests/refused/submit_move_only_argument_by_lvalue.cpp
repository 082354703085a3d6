// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>
#include <memory>

void wrong(concur::executor& pool, std::unique_ptr<int> p) {
    pool.submit([](std::unique_ptr<int>) {}, p);
}
