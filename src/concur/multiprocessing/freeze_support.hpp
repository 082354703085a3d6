// multiprocessing.freeze_support.
#pragma once

namespace concur::multiprocessing {

// For programs whose main() the library cannot take over: those that have it only inside another shared
// library. There it must be the first thing that main() does; in a worker it does not return. Elsewhere it
// does nothing.
void freeze_support(int argc, char** argv);

// Throws std::logic_error where this program cannot be started as its own worker.
void check_can_be_worker();

}  // namespace concur::multiprocessing
