// refused: pickle: a pointer means nothing in another process; pass the value, a std::unique_ptr, or a std::string
#include <concur/pickle.hpp>

void wrong(int* value) { concur::pickle::dumps(value); }
