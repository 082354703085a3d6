// refused: pickle: this type is declared here and not defined; include the header that defines it
#include <concur/pickle.hpp>

struct later;

void wrong(const later& value) { concur::pickle::dumps(value); }
