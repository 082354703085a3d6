// A pool whose only worker is in its first task.
#pragma once
#include "concur/executors/thread_pool_executor.hpp"
#include "model/checker.hpp"

namespace concur::model {

// Returns when it is; it stays there until `go` is open. `begun` lives as long as that one.
inline void hold_worker(thread_pool_executor& pool, gate& begun, gate& go) {
    pool.submit([&] {
        begun.open();
        go.pass();
    });
    begun.pass();
}

}  // namespace concur::model
