// concurrent.futures.Executor: a place that runs calls, whatever it is made of.
#pragma once
#include "concur/core/home.hpp"
#include "concur/futures/submitting.hpp"
#include "concur/futures/task_options.hpp"
#include "concur/futures/then_remote.hpp"

namespace concur {

// Code written against executor& runs on threads, on processes, and on whatever else there will be.
// Every member may be called from any thread, also from a task of the same executor.
//
// Where the calls travel to other processes, one that cannot gives a future that has failed with
// pickling_error.
class executor : public home, public submitting<executor, travel::where_possible> {
public:
    virtual ~executor() = default;

    // Takes no more work: submit() throws executor_shutdown from now on. May be called again.
    // Throws std::system_error (resource_deadlock_would_occur) when asked to wait by one of its own
    // workers; nothing has changed then. (Executor.shutdown)
    virtual void shutdown(shutdown_options options) = 0;
    void shutdown() { shutdown(shutdown_options{}); }

    // Where its calls travel to; null: they are run in this process, by post().
    virtual remote_host* remote() noexcept { return nullptr; }
};

}  // namespace concur
