// refused: pickle: an iterator, a handle or a pointer in a class means nothing in another process
#include <concur/pickle.hpp>
#include <vector>

void wrong(std::vector<int>::iterator value) { concur::pickle::dumps(value); }
