// refused: submit(fn, args...): fn cannot be called with copies of args
#include <concur/futures.hpp>

// The task has a copy of the argument, which it is to consume; a reference is passed by std::ref.
void wrong(concur::executor& pool, int& counter) {
    pool.submit([](int& n) { ++n; }, counter);
}
