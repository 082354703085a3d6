// refused: submit(fn, args...): fn cannot be called with copies of args: it takes one as a T& or a std::span<T>, and what it writes there nobody would see; let it take a value, a const T& or a std::span<const T>, and return what it has made
#include <concur/futures.hpp>

// The task has a copy of the argument, which it is to consume; a reference is passed by std::ref.
void wrong(concur::executor& pool, int& counter) {
    pool.submit([](int& n) { ++n; }, counter);
}
