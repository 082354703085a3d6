// The processors that a thread may run on, by the system's numbers.
#pragma once
#include <vector>

namespace concur::platform {

// Those of the calling thread, in ascending order; of one that was bound by bind_this_thread(), those from before.
// Throws std::bad_alloc.
std::vector<int> usable_processors();

// How many these are; 0: the system does not say.
int usable_processor_count() noexcept;

// From now on the calling thread runs on those of `processors` alone that it may use. False: there are none, or the
// system does not let it; nothing has changed then. What the library starts from this thread is not bound.
bool bind_this_thread(const std::vector<int>& processors) noexcept;
// As it was before: each thread that was bound does this before its end.
void unbind_this_thread() noexcept;

// While it lives, a bound thread is not, so that what it starts meanwhile does not inherit that.
class unbound_meanwhile {
public:
    unbound_meanwhile() noexcept;
    ~unbound_meanwhile();
    unbound_meanwhile(const unbound_meanwhile&) = delete;
    unbound_meanwhile& operator=(const unbound_meanwhile&) = delete;

    // It stays so: for the child of a fork.
    void for_ever() noexcept;

private:
    void* now_ = nullptr;  // what it was bound to, by us or by its own code since
};

}  // namespace concur::platform
