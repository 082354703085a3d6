// refused: pickle: an iterator, a handle or a pointer in a class means nothing in another process
#include <concur/pickle.hpp>

class node {
public:
    node(int value, node* next) : value_(value), next_(next) {}

private:
    int value_;
    node* next_;
};

void wrong(node value) { concur::pickle::dumps(value); }
