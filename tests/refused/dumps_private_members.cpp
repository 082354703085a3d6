// refused: pickle: the members of this class cannot be seen: it is no aggregate (a member is private, or it has a constructor or a virtual function); beside it write template <class Archive> void concur_serialize(Archive& ar, T& v) { ar(v.a, v.b); }
#include <concur/pickle.hpp>
#include <string>

class person {
public:
    int age() const;

private:
    std::string name_;
};

void wrong(const person& value) { concur::pickle::dumps(value); }
