// refused: set_result(value): a reference needs something that lasts
#include <concur/futures.hpp>

void wrong(concur::promise<const int&>& p) { p.set_result(5); }
