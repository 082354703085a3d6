// Takes from the calling process what a worker has no need of.
#pragma once
#include <string>

namespace concur::platform {

// What strict needs of this kernel and does not find; empty: all is there.
std::string missing_for_sandbox();

// For a process with one thread, for good: no new privileges, no file of any kind can be opened, no
// socket made, no program or process started, no other process looked into or signalled; only what
// computing, memory, threads and the descriptors it has need.
//
// Where harmless code would try and could go on without, it gets an error: to open a file or ask for one
// by its name is EACCES, to change limits, priorities, owners and the like is EPERM. Everything else
// that is not allowed is a SIGSYS, which cannot be blocked or handled any more: it kills, and a handler
// that report_crashes_to() has set before writes its page first.
//
// Whoever looks for it on purpose may still learn that a file exists and how large it is.
//
// False: nothing, or not all of it, was done; the process should end.
bool enter_strict_sandbox() noexcept;

// --- the two fences of which it is made -------------------------------------------------------------

// Each is enough for files: one takes them by what they are, the other knows the numbers of system calls only.
// Files first: the calls for it are not among those that are allowed.
bool fence_files() noexcept;
bool fence_calls() noexcept;
std::string missing_for_files();
std::string missing_for_calls();

}  // namespace concur::platform
