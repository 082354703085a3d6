// refused: pickle: what cannot be moved, as a lock or an atomic, stays in its process; pass its value
#include <atomic>
#include <concur/pickle.hpp>

void wrong(const std::atomic<int>& value) { concur::pickle::dumps(value); }
