// refused: pickle: a class with a concur_serialize(archive, value) is made by its default constructor and then moved; give it both
#include <concur/pickle.hpp>

struct number {
    explicit number(int);
    template <class Archive>
    friend void concur_serialize(Archive& ar, number& v) {
        ar(v.n);
    }
    int n;
};

void wrong(const number& value) { concur::pickle::dumps(value); }
