#include "concur/core/aside.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"

#include <new>
#include <utility>

namespace concur {
namespace {

// On the stack of a thread that has nothing to do. Who takes it out unparks it.
struct idler {
    parker* spot;
    idler* next;
};

// Never destroyed: the threads outlive main.
constinit lock_word lock;
constinit job_line line;          // guarded by lock, as all of these
constinit idler* idle = nullptr;
constinit int threads = 0;
constinit bool fork_watched = false;

// The child has none of the threads, and may have got the lock in any state.
void forget_in_child() {
    ::new (&lock) lock_word;
    ::new (&line) job_line;
    idle = nullptr;
    threads = 0;
}

job* next_job() noexcept {
    for (;;) {
        holding h(lock);
        if (job* const j = line.pop()) return j;
        idler me{&parker::mine(), idle};
        me.spot->prepare();
        idle = &me;
        h.release();
        me.spot->park();
    }
}

void run_thread(void*) noexcept {
    platform::name_this_thread("concur-aside");
    for (;;) {
        job* const j = next_job();
        j->run(*j);
    }
}

// With the lock held. False: nobody is there, and nobody can be had.
bool start_thread() noexcept {
    if (threads == most_aside) return true;
    try {
        if (!fork_watched) fork_watched = platform::in_fork_child(&forget_in_child);
        platform::os_thread::start(&run_thread, nullptr).detach();
        ++threads;
    } catch (...) {
        // Those that there are do it, one after the other.
    }
    return threads > 0;
}

}  // namespace

void run_aside(job& j) noexcept {
    holding h(lock);
    if (idle == nullptr && !start_thread()) {
        h.release();
        return j.run(j);
    }
    line.push(j);
    parker* const wake = idle != nullptr ? std::exchange(idle, idle->next)->spot : nullptr;
    h.release();
    if (wake != nullptr) wake->unpark();
}

}  // namespace concur
