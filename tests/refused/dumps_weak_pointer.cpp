// refused: pickle: a std::weak_ptr does not own what it leads to; pass a std::shared_ptr
#include <concur/pickle.hpp>
#include <memory>

void wrong(const std::weak_ptr<int>& value) { concur::pickle::dumps(value); }
