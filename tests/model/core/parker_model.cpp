// parker: no wake is lost, and a late waker meets a word that is still there.
#include "concur/core/parker.hpp"
#include "concur/platform/os_thread.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::deadline;
using concur::parker;
using concur::model::require;
using concur::model::run;
namespace platform = concur::platform;

// Where a waker learns of a sleeper.
class meeting {
public:
    parker& announce() {
        sleeper_ = &parker::mine();
        sleeper_->prepare();
        announced_.open();
        return *sleeper_;
    }
    parker& met() {
        announced_.pass();
        return *sleeper_;
    }

private:
    parker* sleeper_ = nullptr;
    concur::model::gate announced_;
};

void woken() {
    meeting where;
    int given = 0;
    run({
        [&] {
            parker& mine = where.announce();
            require(mine.park(), "it was woken");
            require(given == 7, "what was given before the wake is there");
        },
        [&] {
            parker& sleeper = where.met();
            given = 7;
            sleeper.unpark();
        },
    });
}

deadline soon() { return deadline(std::chrono::nanoseconds{1000}); }

// Whoever takes the parker out of the meeting wakes it; the sleeper stays until it has.
void in_time_or_not() {
    atomic<parker*> where{nullptr};
    int given = 0;
    parker* mine = nullptr;
    concur::model::gate announced;
    run({
        [&] {
            mine = &parker::mine();
            mine->prepare();
            where.store(mine, std::memory_order_release);
            announced.open();
            if (!mine->park(soon())) {
                if (where.exchange(nullptr) != nullptr) return;
                mine->park();
            }
            require(given == 7, "what was given before the wake is there");
        },
        [&] {
            announced.pass();
            if (parker* const sleeper = where.exchange(nullptr)) {
                given = 7;
                sleeper->unpark();
            }
        },
    });
}

// Two waits in a row at the same parker, with two wakers: the first wake is not taken for the second.
void twice() {
    meeting first;
    meeting second;
    int given = 0;
    run({
        [&] {
            first.announce().park();
            second.announce().park();
            require(given == 7, "the second wake has come");
        },
        [&] { first.met().unpark(); },
        [&] {
            parker& sleeper = second.met();
            given = 7;
            sleeper.unpark();
        },
    });
}

struct visitor {
    meeting where;
    static void sleep_once(void* self) noexcept { static_cast<visitor*>(self)->where.announce().park(); }
};

// The waker of a thread that has ended is late, and the block is another thread's by then: that one
// wakes for no reason, and goes on sleeping.
void lent_on() {
    visitor first;
    visitor second;
    run({
        [&] {
            auto thread = platform::os_thread::start(&visitor::sleep_once, &first);
            thread.join();
            thread = platform::os_thread::start(&visitor::sleep_once, &second);
            thread.join();
        },
        [&] { first.where.met().unpark(); },
        [&] { second.where.met().unpark(); },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"woken", woken},
    concur::model::scenario{"in_time_or_not", in_time_or_not},
    concur::model::scenario{"twice", twice},
    concur::model::scenario{"lent_on", lent_on},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
