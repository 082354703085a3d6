// refused: pickle: what cannot be moved, as a lock or an atomic, stays in its process; pass its value
#include <concur/pickle.hpp>
#include <mutex>

struct counter {
    int count;
    std::mutex lock;
};

void wrong(const counter& value) { concur::pickle::dumps(value); }
