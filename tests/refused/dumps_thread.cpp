// refused: pickle: an iterator, a handle or a pointer in a class means nothing in another process
#include <concur/pickle.hpp>
#include <thread>

void wrong(const std::thread& value) { concur::pickle::dumps(value); }
