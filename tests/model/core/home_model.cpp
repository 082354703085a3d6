// home: each has a number of its own, on whatever threads they are made.
#include "concur/core/home.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::model::require;
using concur::model::run;

struct nowhere final : concur::home {
    void post(concur::job&, int) override {}
};

void made_by_two() {
    std::array<std::uint64_t, 2> ids{};
    run({[&] { ids[0] = nowhere().id(); }, [&] { ids[1] = nowhere().id(); }});
    require(ids[0] != ids[1], "no number comes twice");
}

constexpr std::array scenarios{concur::model::scenario{"made_by_two", made_by_two}};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
