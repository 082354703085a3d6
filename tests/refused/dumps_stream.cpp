// refused: pickle: a stream stays in its process; pass its text, or the name of its file
#include <concur/pickle.hpp>
#include <fstream>

void wrong(const std::ofstream& value) { concur::pickle::dumps(value); }
