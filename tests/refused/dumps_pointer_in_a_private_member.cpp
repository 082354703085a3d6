// refused: pickle: an iterator, a handle or a pointer in a class means nothing in another process
#include <concur/pickle.hpp>

class view {
public:
    int size() const;

private:
    const char* text_ = nullptr;
    int size_ = 0;
};

void wrong(view value) { concur::pickle::dumps(value); }
