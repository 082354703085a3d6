// What can be said of a task beside its function and arguments, and of an executor's end.
#pragma once
#include "concur/core/timeout.hpp"

#include <optional>
#include <string>

namespace concur {

struct task_options {
    // From submit() on. A task that has not started by then fails with timeout_error; one that runs is
    // asked to stop through its std::stop_token. What waits for that, done-callbacks and stop callbacks,
    // runs on a thread of the library's then.
    concur::timeout timeout = {};
    // Higher goes first, equals in the order they came. But each 32nd time that there is a choice, something less
    // urgent goes first, so that nothing waits for ever. Tasks of priority 0 that a task submits to a pool of several
    // threads are in no such order: the worker that has submitted them runs the newest first.
    int priority = 0;
    std::string name = {};  // for messages
    // It may be run more than once: where its worker process dies it is run again, up to
    // process_pool_options::max_retries times. Nothing to a thread pool.
    bool idempotent = false;
};

// As Python's map(timeout, chunksize, buffersize).
struct map_options {
    // From map() on, for all items together.
    concur::timeout timeout = {};
    // How many items make one task. At least 1.
    long chunksize = 1;
    // How many results may be under way or waiting to be taken; the inputs are read as they are
    // needed. Without it all of them are read and submitted at once. At least 1.
    std::optional<long> buffersize = {};
    // false: results come as they finish.
    bool ordered = true;
};

struct shutdown_options {
    bool wait = true;  // return only when all work is done and the workers are gone
    bool cancel_futures = false;  // cancel what has not started
};

}  // namespace concur
