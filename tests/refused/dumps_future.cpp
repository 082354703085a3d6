// refused: pickle: a future or promise stays in its process; pass its result
#include <concur/futures.hpp>
#include <concur/pickle.hpp>

void wrong(const concur::future<int>& value) { concur::pickle::dumps(value); }
