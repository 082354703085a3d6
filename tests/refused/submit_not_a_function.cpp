// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>

void wrong(concur::executor& pool) { pool.submit(42); }
