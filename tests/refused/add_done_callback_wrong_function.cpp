// refused: add_done_callback(fn): fn cannot be called with the future, fn(concur::future<T>)
#include <concur/futures.hpp>

void wrong(const concur::future<int>& f) {
    f.add_done_callback([](int value) { return value; });
}
