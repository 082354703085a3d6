// refused: pickle: the members of this class cannot be seen: it is no aggregate (a member is private, or it has a constructor or a virtual function); beside it write template <class Archive> void concur_serialize(Archive& ar, T& v) { ar(v.a, v.b); }
#include <concur/pickle.hpp>
#include <string>

struct shape {
    virtual ~shape() = default;
    std::string name;
};

void wrong(const shape& value) { concur::pickle::dumps(value); }
