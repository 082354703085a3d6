// refused: pickle: the members of a class with a base cannot be told apart; make the base a member, or give the class a concur_serialize(archive, value)
#include <concur/pickle.hpp>
#include <string>

struct named {
    std::string name;
};
struct person : named {
    int age;
};

void wrong(const person& value) { concur::pickle::dumps(value); }
