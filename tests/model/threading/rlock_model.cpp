// rlock: one owner at a time, whose depth is its own.
#include "concur/threading/rlock.hpp"
#include "model/checker.hpp"

#include <array>
#include <system_error>

namespace {

using concur::model::require;
using concur::model::run;
using concur::threading::rlock;

void two_threads() {
    rlock l;
    int count = 0;
    const auto twice_deep = [&] {
        l.acquire();
        l.acquire();
        ++count;
        l.release();
        ++count;
        l.release();
    };
    run({twice_deep, twice_deep});
    require(count == 4, "each saw what the other had counted");
    require(!l.locked(), "it is free in the end");
}

void a_stranger_releases() {
    rlock l;
    int count = 0;
    run({
        [&] {
            l.acquire();
            ++count;
            l.release();
        },
        [&] {
            bool refused = false;
            try {
                l.release();
            } catch (const std::system_error&) {
                refused = true;
            }
            require(refused, "the stranger is told");
            if (!l.try_acquire()) return;
            ++count;
            l.release();
        },
    });
    require(!l.locked(), "it is free in the end");
}

constexpr std::array scenarios{
    concur::model::scenario{"two_threads", two_threads},
    concur::model::scenario{"a_stranger_releases", a_stranger_releases},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
