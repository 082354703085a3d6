// refused: register_exception<T>(): it is not known how to make a T again; give it a hook, concur_serialize(archive, T&), or, where it has nothing but its what(), a constructor from std::string
#include <concur/pickle/register_exception.hpp>
#include <stdexcept>

struct syntax_error : std::runtime_error {
    syntax_error(const std::string& what, int l) : runtime_error(what), line(l) {}
    int line;
};

int main() { concur::pickle::register_exception<syntax_error>(); }
