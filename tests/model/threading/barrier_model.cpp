// barrier: nobody goes on before all have come, and nobody waits for those who will not come.
#include "concur/threading/barrier.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::broken_barrier_error;
using concur::model::require;
using concur::model::run;
using concur::threading::barrier;

constexpr std::chrono::nanoseconds soon{1000};

// Whether all came.
bool comes(barrier& b, concur::timeout t = concur::none) {
    try {
        (void)b.wait(t);
        return true;
    } catch (const broken_barrier_error&) {
        return false;
    }
}

void two_rounds() {
    barrier b(2);
    int here[2] = {0, 0};
    const auto come = [&](int me) {
        for (int round = 1; round <= 2; ++round) {
            here[me] = round;
            require(comes(b), "all came");
            require(here[1 - me] == round, "the other had come");
            require(comes(b), "all came");
        }
    };
    run({[&] { come(0); }, [&] { come(1); }});
    require(b.n_waiting() == 0 && !b.broken(), "it is as it was");
}

void action_before_all() {
    int acted = 0;
    barrier b(2, [&] { ++acted; });
    const auto come = [&] {
        require(comes(b), "all came");
        require(acted == 1, "the action has run once");
    };
    run({come, come});
}

// Two rounds, one after the other, with whoever is there.
void more_than_its_parties() {
    int acted = 0;
    barrier b(2, [&] { ++acted; });
    const auto come = [&] { require(comes(b), "all came"); };
    run({come, come, come, come});
    require(acted == 2, "there were two rounds");
}

void one_gives_up() {
    barrier b(3);
    run({[&] { require(!comes(b, soon), "the third never comes"); }, [&] { require(!comes(b), "one has given up"); }});
    require(b.broken(), "it is broken");
}

void all_come_or_too_late() {
    barrier b(2);
    bool first = false, second = false;
    run({[&] { first = comes(b, soon); }, [&] { second = comes(b); }});
    require(first == second, "all go on, or nobody");
    require(b.broken() == !first, "it is broken if they did not");
}

void reset_or_not() {
    barrier b(2);
    bool went_on[2] = {false, false};
    run({[&] { went_on[0] = comes(b, soon); }, [&] { went_on[1] = comes(b, soon); }, [&] { b.reset(); }});
    require(went_on[0] == went_on[1], "all go on, or nobody");
}

void aborted() {
    barrier b(2);
    bool first = false, second = false;
    run({[&] { first = comes(b); }, [&] { second = comes(b); }, [&] { b.abort(); }});
    require(first == second, "all go on, or nobody");
    require(b.broken() && !comes(b), "it stays broken");
}

constexpr std::array scenarios{
    concur::model::scenario{"two_rounds", two_rounds},
    concur::model::scenario{"action_before_all", action_before_all},
    concur::model::scenario{"more_than_its_parties", more_than_its_parties, 1},
    concur::model::scenario{"one_gives_up", one_gives_up, 1},
    concur::model::scenario{"all_come_or_too_late", all_come_or_too_late},
    concur::model::scenario{"reset_or_not", reset_or_not, 1},
    concur::model::scenario{"aborted", aborted, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
