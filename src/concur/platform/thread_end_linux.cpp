#include "concur/platform/thread_end.hpp"

#include "concur/platform/process.hpp"

#include <cstdlib>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace concur::platform {
namespace {

constinit thread_local thread_end* left_here = nullptr;

void run_all() noexcept {
    while (thread_end* const e = left_here) {
        left_here = e->next;
        e->run(*e);
    }
}

// The system calls this once the thread_local objects are destroyed; in the order in which the keys were made, and
// again where something was left meanwhile.
pthread_key_t make_end_key() noexcept {
    pthread_key_t key{};
    if (pthread_key_create(&key, [](void*) { run_all(); }) != 0) std::abort();
    return key;
}

pthread_key_t end_key() noexcept {
    static const pthread_key_t key = make_end_key();
    return key;
}

// exit() knows nothing of keys, but it destroys the thread_local objects of the thread that calls it.
struct main_thread_end {
    ~main_thread_end() { run_all(); }
    bool watched = false;
};
thread_local main_thread_end at_main_end;

// The program's objects are made by the thread that runs main(), unless the library is loaded later.
const std::uintptr_t maker = on_main_thread() ? static_cast<std::uintptr_t>(pthread_self()) : 0;

}  // namespace

void when_this_thread_ends(thread_end& e) noexcept {
    pthread_setspecific(end_key(), &e);  // anything but null: what is to be done stands in left_here
    if (on_main_thread()) at_main_end.watched = true;
    e.next = std::exchange(left_here, &e);
}

void prepare_thread_ends() noexcept { end_key(); }

std::uintptr_t main_thread_handle() noexcept { return maker; }

std::int64_t main_thread_id() noexcept { return ::getpid(); }

}  // namespace concur::platform
