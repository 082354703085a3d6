// refused: pickle: nobody knows which member of a union is alive; pass a std::variant
#include <concur/pickle.hpp>

union either {
    int number;
    float ratio;
};

void wrong(either value) { concur::pickle::dumps(value); }
