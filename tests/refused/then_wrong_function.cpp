// refused: then(fn): fn can be called neither with the value nor with the future
#include <concur/futures.hpp>
#include <string>

void wrong(const concur::future<int>& f) {
    f.then([](const std::string& text) { return text.size(); });
}
