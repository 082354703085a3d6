// How a program becomes its own worker: when the environment names a role, the worker's main runs
// instead of the program's, after all static initialisation.
#pragma once

namespace concur::platform {

// Defined by multiprocessing/: does the work of `role` and returns the exit code.
int run_role(const char* role) noexcept;

// Whether main() is taken over in this program, so that it can be its own worker without
// freeze_support(). Whoever starts this program anew asks here first: to be asked is also what brings
// the taking over into a program that is linked with the archive.
bool main_is_hooked() noexcept;

// The role that the environment names. take_role() gives it once; null where there is none (any more). A
// program whose main() runs although there is a role was not hooked.
//
// No program that is started later inherits it: it is taken out of the environment before the program's own
// static initialisation, or where that is not hooked, by take_role().
//
// A program with more rights than its caller (set-user-id) takes no orders from the environment: where
// that names a role it ends at once, with a line on standard error.
const char* take_role() noexcept;
bool has_role() noexcept;

}  // namespace concur::platform
