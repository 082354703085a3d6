// refused: pickle: the members of this class cannot be seen: it is no aggregate (a member is private, or it has a constructor or a virtual function); beside it write template <class Archive> void concur_serialize(Archive& ar, T& v) { ar(v.a, v.b); }
#include <concur/pickle.hpp>
#include <string>

struct person {
    explicit person(const std::string& full_name) : name(full_name) {}
    std::string name;
};

void wrong(const person& value) { concur::pickle::dumps(value); }
