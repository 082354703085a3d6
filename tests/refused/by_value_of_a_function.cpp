// refused: pickle::by_value(fn): a function travels as it is; leave by_value out
#include <concur/pickle/function.hpp>

int twice(int x) { return 2 * x; }

int main() { concur::pickle::by_value(&twice); }
