// refused: wait(futures): give it a range of concur::future<T>, such as a vector
#include <concur/futures.hpp>

void wrong(const concur::future<int>& one) { concur::wait(one); }
