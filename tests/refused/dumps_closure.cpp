// refused: pickle: what a lambda has captured cannot be seen; pass the values as arguments, or promise that they travel with pickle::by_value(fn)
#include <concur/pickle.hpp>

void wrong(int n) {
    concur::pickle::dumps([n](int x) { return x + n; });
}
