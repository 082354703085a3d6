// refused: pickle: of smart pointers std::unique_ptr<T> and std::shared_ptr<T> to one object travel; for an array pass a std::vector
#include <concur/pickle.hpp>
#include <memory>

void wrong(const std::unique_ptr<int[]>& value) { concur::pickle::dumps(value); }
