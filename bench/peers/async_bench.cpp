// std::async: a thread for each task, whatever the number of workers asked for.
#include "support/cases.hpp"

#include <future>

namespace {

class peer {
public:
    static constexpr std::size_t slower = 20;
    static constexpr const char* why_no_fib = "a thread for each of 635,621 calls: too many threads";

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
