// The model checker, as a scenario sees it.
//
// A scenario's body is run thousands of times, as thread 0, each time under another schedule. What
// it calls is the real library, compiled so that every atomic operation, futex call and plain
// access goes through the engine. The body must do the same in each run: its only source of chance
// is the schedule. Globals are put back before each run. At most eight threads per run, and no lock
// but the library's own: one of the system would stop the whole checker.
#pragma once
#include "model/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>

namespace concur::model {

struct scenario {
    const char* name;
    void (*body)();
    int preemptions = 100;  // at most so many in the complete search: for a scenario with many steps
};

// Inside a body: starts these threads and returns when all have ended.
void run(std::initializer_list<std::function<void()>> threads);

// Fails the schedule, with this sentence, where the condition does not hold.
void require(bool holds, const char* sentence);

// Lets threads meet without a spin, which would make very many schedules: who passes waits until it
// is open, and what came before open() is there then.
class gate {
public:
    void open();
    void pass();

private:
    friend class engine;
    bool open_ = false;
    vector_clock left_;
};

// A step at which any other thread that can go on goes first.
void yield();

// The virtual clock moves on by this much.
void pass_time(std::int64_t ns);

// The next os_thread::start of this schedule throws, as when the system has no thread to give.
void fail_next_thread_start();

// What this thread allocates while such an object lives may stay allocated at the end.
class forever {
public:
    forever();
    ~forever();
    forever(const forever&) = delete;
    forever& operator=(const forever&) = delete;
};

// Puts `size` bytes back after each schedule to what they are now. Only for objects outside the
// program's own image: its globals are put back without being named.
void reset_global(void* object, std::size_t size);

// The main() of a model program. The line --help tells its options.
int main_of(int argc, char** argv, std::span<const scenario> scenarios);

}  // namespace concur::model
