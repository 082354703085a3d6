// refused: pickle: a reference means nothing in another process; pass the value, and return what becomes of it
#include <concur/pickle.hpp>
#include <functional>

void wrong(std::reference_wrapper<int> value) { concur::pickle::dumps(value); }
