// How a child of fork() ends by exit() where threads are left.
#pragma once
#include <cstdlib>
#include <optional>
#include <sys/syscall.h>
#include <unistd.h>

namespace exit_in_child {

// Set in the child. What the parent's other threads had hold of looks lost there, and threads that
// nobody joins look forgotten: a sanitizer, which looks last of all (and in _exit), would find them.
inline constinit std::optional<int> unwatched_code;

// Before main, and so before there is a pool: this runs after everything that the library leaves for
// the end of the program.
inline const bool prepared = std::atexit([] {
                                 if (unwatched_code) ::syscall(SYS_exit_group, *unwatched_code);
                             }) == 0;

// Ends the child as std::exit(code) does.
[[noreturn]] inline void now(int code = 0) {
    if (prepared) unwatched_code = code;
    std::exit(code);
}

}  // namespace exit_in_child
