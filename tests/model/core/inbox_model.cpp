// inbox: every job arrives once, a sender's own in their order, and the last one may end the inbox.
#include "concur/core/inbox.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>

namespace {

using concur::deadline;
using concur::inbox;
using concur::job;
using concur::model::require;
using concur::model::run;

struct letter : job {
    explicit letter(int n) : job([](job&) noexcept {}), number(n) {}
    int number;
};

int number_of(job* j) { return static_cast<letter*>(j)->number; }

// The receiver destroys the inbox as soon as it has what it is owed.
void two_senders() {
    auto in = std::make_unique<inbox>();
    inbox& to = *in;
    std::array<letter, 2> letters{letter(1), letter(2)};
    run({
        [&] {
            int sum = 0;
            for (int i = 0; i < 2; ++i) sum += number_of(in->receive());
            require(sum == 3, "both have come");
            in.reset();
        },
        [&] { to.send(letters[0]); },
        [&] { to.send(letters[1]); },
    });
}

void in_order() {
    inbox in;
    std::array<letter, 3> letters{letter(1), letter(2), letter(3)};
    run({
        [&] {
            for (int i = 1; i <= 3; ++i) require(number_of(in.receive()) == i, "in the order they were sent");
        },
        [&] {
            for (letter& l : letters) in.send(l);
        },
    });
}

void in_time_or_not() {
    inbox in;
    letter only(1);
    run({
        [&] {
            const job* got = in.receive(deadline(std::chrono::nanoseconds{1000}));
            if (got == nullptr) got = in.receive();
            require(got == &only, "it comes, if not in time then later");
            require(in.receive(deadline::past()) == nullptr, "and once");
        },
        [&] { in.send(only); },
    });
}

// A sender that comes as the time is over uses the receiver's parker all the same; the receiver's next
// wait is not disturbed by it.
void parker_is_free_afterwards() {
    inbox in;
    letter only(1);
    concur::parker* spot = nullptr;
    int given = 0;
    concur::model::gate prepared;
    run({
        [&] {
            in.receive(deadline(std::chrono::nanoseconds{1000}));
            spot = &concur::parker::mine();
            spot->prepare();
            prepared.open();
            spot->park();
            require(given == 7, "it sleeps until it is woken for this");
        },
        [&] { in.send(only); },
        [&] {
            prepared.pass();
            given = 7;
            spot->unpark();
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"two_senders", two_senders},
    concur::model::scenario{"in_order", in_order},
    concur::model::scenario{"in_time_or_not", in_time_or_not},
    concur::model::scenario{"parker_is_free_afterwards", parker_is_free_afterwards},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
