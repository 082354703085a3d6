// The limit: the same memory, copied; and a new vector of it.
#include "pickle/shapes.hpp"

#include <cstring>
#include <vector>

namespace {

class peer {
public:
    static constexpr bool only_numbers = true;

    void write(const std::vector<double>& value) {
        bytes_.resize(value.size());
        std::memcpy(bytes_.data(), value.data(), value.size() * sizeof(double));
    }
    template <class T>
    T read() {
        return T(bytes_.begin(), bytes_.end());
    }

private:
    std::vector<double> bytes_;
};

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, bench::measure_way<peer>); }
