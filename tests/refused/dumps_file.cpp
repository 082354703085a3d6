// refused: pickle: a pointer means nothing in another process
#include <concur/pickle.hpp>
#include <cstdio>

void wrong(std::FILE* value) { concur::pickle::dumps(value); }
