// refused: set_result(value): value cannot be made into the future's T
#include <concur/futures.hpp>
#include <string>
#include <vector>

void wrong(concur::promise<std::string>& p) { p.set_result(std::vector<int>{1}); }
