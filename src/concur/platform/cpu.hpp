// The processors this process may use, and how a thread passes a very short time.
#pragma once

namespace concur::platform {

// Processors in this process's affinity mask, no more than its cgroup's quota allows (rounded up);
// at least 1.
int usable_cpus() noexcept;

// One step of a spin: tells the processor that this thread is only waiting.
void relax() noexcept;

// Has the processor get what lies there, which is about to be looked at.
inline void fetch_ahead(const void* at) noexcept { __builtin_prefetch(at); }

// Lets another thread have this processor, if one waits for it.
void yield() noexcept;

// How many steps a thread may spin before it sleeps: 0 where no other thread can make progress.
int spin_limit() noexcept;

}  // namespace concur::platform
