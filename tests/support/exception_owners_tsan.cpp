// libstdc++ counts the owners of an exception with atomics of its own, and it is not built for
// ThreadSanitizer: where one thread reads an exception and lets it go, and another then frees it, a
// race is reported that is none. Each step that may drop the last owner is taken here under a lock,
// which says the same in a language that the sanitizer reads. Only the tsan build has this file.
#include <dlfcn.h>
#include <exception>
#include <pthread.h>

namespace {

pthread_mutex_t dropping = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;  // an exception may own another

void lock() { pthread_mutex_lock(&dropping); }
void unlock() { pthread_mutex_unlock(&dropping); }

// A fork must not leave the lock held in the child.
[[maybe_unused]] const int forks_are_safe = pthread_atfork(&lock, &unlock, &unlock);

struct holding {
    holding() { lock(); }
    ~holding() { unlock(); }
    holding(const holding&) = delete;
    holding& operator=(const holding&) = delete;
};

// The library's function of that name, which ours stands before.
template <class F>
F* next(const char* name) {
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" void __cxa_end_catch();
extern "C" void __cxa_end_catch() {
    static const auto end = next<void()>("__cxa_end_catch");
    const holding h;
    end();
}

void std::__exception_ptr::exception_ptr::_M_release() noexcept {
    static const auto release = next<void(exception_ptr*)>("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");
    const holding h;
    release(this);
}
