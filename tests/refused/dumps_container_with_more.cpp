// refused: pickle: the members of a class with a base cannot be told apart
#include <concur/pickle.hpp>
#include <string>
#include <vector>

struct named_list : std::vector<int> {
    std::string name;
};

void wrong(const named_list& value) { concur::pickle::dumps(value); }
