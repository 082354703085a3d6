// std::async: a thread for each task, whatever the number of workers asked for.
#include "support/cases.hpp"

#include <deque>
#include <future>

namespace {

class peer {
public:
    static constexpr std::size_t slower = 20;

    explicit peer(int) {}

    template <class F>
    auto submit(F fn) {
        return std::async(std::launch::async, std::move(fn));
    }
    template <class T>
    static T get(std::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        std::thread(std::move(fn)).detach();  // a future of std::async that is dropped waits
    }
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
