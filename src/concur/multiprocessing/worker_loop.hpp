// The life of a worker process.
#pragma once
#include "concur/core/function.hpp"
#include "concur/platform/fd.hpp"

#include <cstdint>

namespace concur::multiprocessing {

// An initializer that cannot travel; a forked process has it in its memory.
using local_initializer = function<void()>;

// What a worker exits with where it cannot begin; the pool sees it as a death at start-up.
inline constexpr int cannot_begin = 70;

// Runs the requests that come over `channel` until it is told to retire; returns the exit code.
// `server_pid` is its parent's; `initializer` may be null.
int run_worker(platform::fd channel, platform::fd socket, platform::fd standard_error, std::int64_t server_pid,
               const local_initializer* initializer) noexcept;

}  // namespace concur::multiprocessing
