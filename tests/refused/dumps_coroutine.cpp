// refused: pickle: an iterator, a handle or a pointer in a class means nothing in another process
#include <concur/pickle.hpp>
#include <coroutine>

void wrong(std::coroutine_handle<> value) { concur::pickle::dumps(value); }
