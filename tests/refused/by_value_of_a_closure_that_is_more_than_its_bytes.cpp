// refused: pickle::by_value(fn): fn is not trivially copyable, so its bytes are not all of it; pass what it has captured as arguments
#include <concur/pickle/function.hpp>
#include <string>

int main() {
    const std::string name = "a string that lies elsewhere";
    concur::pickle::by_value([name] { return name; });
}
