// refused: pickle: the members of this aggregate cannot be counted: one is a reference
#include <concur/pickle.hpp>

struct refers {
    int& number;
};

void wrong(const refers& value) { concur::pickle::dumps(value); }
