// refused: pickle: pickle::stays_here is true for this type
#include <concur/pickle.hpp>

struct descriptor {
    int number;
};
template <>
inline constexpr bool concur::pickle::stays_here<descriptor> = true;

void wrong(descriptor value) { concur::pickle::dumps(value); }
