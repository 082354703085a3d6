// The process that starts a pool's workers, and learns how they end.
#pragma once
#include "concur/multiprocessing/worker_loop.hpp"
#include "concur/platform/fd.hpp"

#include <cstdint>

namespace concur::multiprocessing {

// Serves the pool at the other end of `socket` until that is gone; then kills what workers there are.
// `spawn`: workers are started anew, not forked. `initializer`: for forked ones; may be null.
int run_server(platform::fd socket, std::int64_t pool_pid, bool spawn, const local_initializer* initializer) noexcept;

}  // namespace concur::multiprocessing
