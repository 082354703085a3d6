// For code of the user's that comes up on a thread which others wait for, such as the timer's.
#pragma once
#include "concur/core/job.hpp"

namespace concur {

// So many threads run such jobs, at most. They start when they are needed, and stay.
inline constexpr int most_aside = 8;

// Runs `j` soon, on another thread, whatever those before it do; but where so many jobs do not come back it waits
// for one of them. Where the system has no thread to give at all, it is run here and now.
void run_aside(job& j) noexcept;

}  // namespace concur
