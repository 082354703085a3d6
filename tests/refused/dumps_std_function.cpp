// refused: pickle: what a std::function holds cannot be seen; pass the function itself, by its own type
#include <concur/pickle.hpp>
#include <functional>

void wrong(const std::function<int()>& value) { concur::pickle::dumps(value); }
