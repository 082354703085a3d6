// refused: pickle: a view refers to elements that stay behind; store a std::string or std::vector
#include <concur/pickle.hpp>
#include <string_view>

struct line {
    int number;
    std::string_view text;
};

void wrong(const line& value) { concur::pickle::dumps(value); }
