// Whether a thread sleeps: so that a test can act once another thread really waits.
#pragma once

namespace support {

// The calling thread, as the system knows it.
int this_thread_id() noexcept;

// Whether thread `id` of this process sleeps in the kernel at this moment.
bool asleep(int id);

// Returns once thread `id` of this process sleeps in the kernel. False: it has not done so in time.
bool until_asleep(int id);

}  // namespace support
