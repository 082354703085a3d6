// The channel: no wake is lost either way, answers come in order, and what was withdrawn does not run.
#include "concur/multiprocessing/channel.hpp"
#include "ends.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::model::doorbell;
using concur::model::require;
using concur::model::run;
using concur::model::send;
using concur::model::serve;
using concur::model::take;
using concur::multiprocessing::answer_kind;
using concur::multiprocessing::channel_layout;
using concur::multiprocessing::claim;
using concur::multiprocessing::parent_end;
using concur::multiprocessing::worker_end;

channel_layout shared;  // put back before each run

void there_and_back() {
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    run({
        [&] {
            send(parent, 21);
            require(take(parent, bell) == 42, "its answer");
        },
        [&] { serve(worker, bell); },
    });
}

void in_order() {
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    run({
        [&] {
            send(parent, 1);
            send(parent, 2);
            require(take(parent, bell) == 2, "the answer of the first");
            require(take(parent, bell) == 4, "and of the second");
        },
        [&] {
            serve(worker, bell);
            serve(worker, bell);
        },
    });
}

// The next one comes when the worker has answered, and sleeps again or is about to.
void one_by_one() {
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    run({
        [&] {
            for (std::uint64_t i = 1; i <= 2; ++i) {
                send(parent, i);
                require(take(parent, bell) == 2 * i, "its answer");
            }
        },
        [&] {
            serve(worker, bell);
            serve(worker, bell);
        },
    });
}

// Two threads of the pool's: one withdraws the newest request while the other waits for answers.
void run_or_withdrawn() {
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    send(parent, 1);
    const std::uint32_t newest = send(parent, 2);
    bool withdrawn = false;
    bool ran = false;
    answer_kind kind = answer_kind::exception;
    run({
        [&] {
            take(parent, bell);
            kind = concur::model::next_answer(parent, bell).kind;
            parent.take(1);
        },
        [&] { withdrawn = parent.withdraw(newest); },
        [&] {
            require(serve(worker, bell), "nobody withdraws the first");
            ran = serve(worker, bell);
        },
    });
    require(ran != withdrawn, "one of the two, and not both");
    require((kind == answer_kind::withdrawn) == withdrawn, "the answer says which");
    require(parent.state_of(newest) == (ran ? claim::running : claim::withdrawn), "and so does the claim");
}

// When a worker has died, whoever sorts out what it had learns whether it had begun.
void begun_or_not() {
    parent_end parent(shared);
    worker_end worker(shared);
    const std::uint32_t number = send(parent, 1);
    bool looked = false;
    bool begun = false;
    run({
        [&] { begun = !parent.withdraw(number); },
        [&] {
            while (!worker.wait_for_request()) continue;
            looked = worker.start();
        },
    });
    require(begun == looked, "it has begun, or never will");
}

// A packet for the worker is followed by a notice, also where the worker sleeps.
void noticed() {
    parent_end parent(shared);
    worker_end worker(shared);
    int packet = 0;
    run({
        [&] {
            packet = 7;
            parent.note();
        },
        [&] {
            require(!worker.wait_for_request(), "a notice, and no request");
            require(packet == 7, "the packet is there");
        },
    });
}

// A request and a notice: neither hides the other.
void noticed_and_asked() {
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    run({
        [&] {
            send(parent, 1);
            parent.note();
            require(take(parent, bell) == 2, "its answer");
        },
        [&] {
            int notices = 0;
            for (int i = 0; i < 2; ++i) {
                if (!worker.wait_for_request()) ++notices;
                else concur::model::answer(worker, bell);
            }
            require(notices == 1, "one of each");
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"there_and_back", there_and_back},
    concur::model::scenario{"in_order", in_order},
    concur::model::scenario{"one_by_one", one_by_one},
    concur::model::scenario{"run_or_withdrawn", run_or_withdrawn},
    concur::model::scenario{"begun_or_not", begun_or_not},
    concur::model::scenario{"noticed", noticed},
    concur::model::scenario{"noticed_and_asked", noticed_and_asked},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
