// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>
#include <string>

int length(const std::string& text);

void wrong(concur::executor& pool) { pool.submit(length, 42); }
