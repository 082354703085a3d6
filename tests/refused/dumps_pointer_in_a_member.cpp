// refused: pickle: a pointer means nothing in another process; pass the value, a std::unique_ptr, or a std::string
#include <concur/pickle.hpp>
#include <map>
#include <string>
#include <vector>

struct line {
    int number;
    const char* text;
};
struct page {
    std::string title;
    std::map<int, std::vector<line>> lines;
};

void wrong(const page& value) { concur::pickle::dumps(value); }
