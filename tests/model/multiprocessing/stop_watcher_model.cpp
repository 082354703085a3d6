// stop_watcher: a task that is to stop learns of it, whenever that was said, and no other task does.
#include "concur/multiprocessing/stop_watcher.hpp"

#include "concur/multiprocessing/channel.hpp"
#include "model/checker.hpp"

#include <array>
#include <stop_token>
#include <system_error>

namespace {

using concur::model::require;
using concur::model::run;
using concur::multiprocessing::channel_layout;
using concur::multiprocessing::parent_end;
using concur::multiprocessing::ring_size;
using concur::multiprocessing::stop_watcher;

channel_layout shared;  // put back before each run
stop_watcher watcher(shared);  // its thread ends with the process

void wait_for(const std::stop_token& token) {
    while (!token.stop_requested()) concur::model::yield();
}

// Before it begins, or while it runs.
void told() {
    parent_end parent(shared);
    std::stop_token token;
    run({
        [&] { parent.ask_to_stop(0); },
        [&] { token = watcher.begin(0); },
    });
    wait_for(token);
    watcher.end();
}

void told_in_time_or_not() {
    parent_end parent(shared);
    run({
        [&] { parent.ask_to_stop(0); },
        [] {
            const std::stop_token first = watcher.begin(0);
            watcher.end();
            const std::stop_token second = watcher.begin(1);
            watcher.end();
            require(!second.stop_requested(), "the next task was not meant");
        },
    });
}

// What is said of the one that runs does not wipe out what was said of the one behind it.
void two_are_told() {
    parent_end parent(shared);
    std::stop_token first;
    run({
        [&] {
            parent.ask_to_stop(1);
            parent.ask_to_stop(0);
        },
        [&] { first = watcher.begin(0); },
    });
    wait_for(first);
    watcher.end();
    wait_for(watcher.begin(1));
    watcher.end();
}

// The next request in the slot of one that was to stop is not to stop, also where numbers wrap.
void slot_is_used_again() {
    shared.sent.store(0u - 1);
    shared.taken.store(0u - 1);
    shared.stop[ring_size - 1].store(1);
    parent_end parent(shared);
    run({
        [&] { parent.send(); },
        [] {
            while (shared.sent.load(std::memory_order_acquire) != 0) concur::model::yield();
            require(!watcher.begin(0u - 1).stop_requested(), "nobody has asked it to");
            watcher.end();
        },
    });
}

// Where there is no thread for it, the next task gets one.
void no_thread() {
    parent_end parent(shared);
    concur::model::fail_next_thread_start();
    bool refused = false;
    try {
        watcher.begin(0);
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused, "it could not begin");
    watcher.end();
    const std::stop_token token = watcher.begin(1);
    parent.ask_to_stop(1);
    wait_for(token);
    watcher.end();
}

constexpr std::array scenarios{
    concur::model::scenario{"told", told},
    concur::model::scenario{"told_in_time_or_not", told_in_time_or_not},
    concur::model::scenario{"two_are_told", two_are_told},
    concur::model::scenario{"slot_is_used_again", slot_is_used_again},
    concur::model::scenario{"no_thread", no_thread},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
