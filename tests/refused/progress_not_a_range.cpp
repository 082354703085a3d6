// refused: progress(range): give it something that a for loop can go through
#include <concur/futures/progress.hpp>

void wrong() { concur::progress(5); }
