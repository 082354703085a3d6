// share_count: the object is destroyed once, by the last, after all that the others did with it.
#include "concur/core/share_count.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::share_count;
using concur::model::require;
using concur::model::run;

struct shared {
    share_count count;
    int a = 0, b = 0;
};

void leave(shared* s) {
    if (!s->count.drop()) return;
    require(s->a == 1 && s->b == 1, "the last sees what the others did");
    delete s;
}

void the_last_destroys() {
    auto* const s = new shared;
    s->count.add();
    run({
        [&] { s->a = 1, leave(s); },
        [&] { s->b = 1, leave(s); },
    });
}

// Somebody keeps the memory, as the registry of pools does under its lock.
void too_late() {
    share_count c;
    bool ended = false;
    run({
        [&] {
            if (c.drop()) ended = true;
        },
        [&] {
            if (c.add_if_any() && c.drop()) ended = true;
        },
    });
    require(ended, "somebody was the last");
}

constexpr std::array scenarios{
    concur::model::scenario{"the_last_destroys", the_last_destroys},
    concur::model::scenario{"too_late", too_late},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
