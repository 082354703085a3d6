// refused: wait(futures): give it a range of concur::future<T>, such as a vector
#include <concur/futures.hpp>

void wrong() { concur::wait(5, concur::return_when::first_completed); }
