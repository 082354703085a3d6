// refused: a value that only moves needs std::move(f).then(fn)
#include <concur/futures.hpp>
#include <memory>

void wrong(const concur::future<std::unique_ptr<int>>& f) {
    f.then([](std::unique_ptr<int> p) { return *p; });
}
