// How a child of fork() ends by exit() where its parent had threads.
#pragma once
#include <cstdlib>
#include <unistd.h>

namespace exit_in_child {

// Set in the child. What the parent's other threads had hold of looks lost there, and a search for
// leaks, which comes last of all, would find it.
inline constinit bool ends_before_the_search_for_leaks = false;

// Before main, and so before there is a pool: this runs after everything that the library leaves for
// the end of the program.
inline const bool prepared = std::atexit([] {
                                 if (ends_before_the_search_for_leaks) ::_exit(0);
                             }) == 0;

// Ends the child as std::exit(0) does.
[[noreturn]] inline void now() {
    ends_before_the_search_for_leaks = prepared;
    std::exit(0);
}

}  // namespace exit_in_child
