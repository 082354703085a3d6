// Our own way to bytes.
#include "pickle/shapes.hpp"

#include <concur/pickle.hpp>
#include <cstddef>
#include <utility>
#include <vector>

namespace {

class peer {
public:
    template <class T>
    void write(const T& value) {
        bytes_ = concur::pickle::dumps(value, std::move(bytes_));
    }
    template <class T>
    T read() {
        return concur::pickle::loads<T>(bytes_);
    }

private:
    std::vector<std::byte> bytes_;
};

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, bench::measure_way<peer>); }
