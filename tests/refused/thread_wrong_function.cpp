// refused: thread(fn, args...): fn cannot be called with copies of args
#include <concur/threading.hpp>
#include <string>

void wrong() {
    concur::threading::thread t({.name = "reader"}, [](std::string) {}, 42);
}
