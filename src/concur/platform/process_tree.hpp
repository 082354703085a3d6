// What a process has started, and what that has started in turn.
#pragma once
#include <cstdint>

namespace concur::platform {

// Kills all that lives below a process, whatever its group and session, by SIGKILL; the process itself is
// stopped first, so that it starts no more, and stays so. It must be a child of the caller that has not been
// reaped. Not found is what was started by one that has ended before: that has another parent by then. Where
// the system does not list children (no /proc, or no CONFIG_PROC_CHILDREN) nothing is found.
void kill_descendants(std::int64_t pid) noexcept;

// The same for the calling process, which is about to end. Where it may open no file it has no children.
void kill_own_descendants() noexcept;

}  // namespace concur::platform
