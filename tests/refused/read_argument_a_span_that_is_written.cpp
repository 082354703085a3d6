// refused: pickle: what a function writes through a std::span<T> stays in the worker; let it take a std::span<const T>, and return what it has made
#include <concur/pickle.hpp>
#include <span>

void fill(std::span<int>);

void wrong(concur::pickle::reader& in) { concur::pickle::read_argument<decltype(&fill), 0, std::span<int>>(in); }
