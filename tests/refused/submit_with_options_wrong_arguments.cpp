// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>
#include <string>

void wrong(concur::executor& pool) {
    pool.submit({.name = "parse"}, [](std::string) {}, 42);
}
