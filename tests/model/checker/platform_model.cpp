// The platform floor of a model program: every function of src/concur/platform.
#include "concur/platform/affinity.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/futex.hpp"
#include "concur/platform/large_pages.hpp"
#include "concur/platform/memory.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"
#include "concur/platform/signal_name.hpp"
#include "concur/platform/stderr.hpp"
#include "concur/platform/thread_end.hpp"
#include "concur/platform/type_name.hpp"
#include "engine.hpp"

#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <system_error>
#include <utility>

namespace concur::platform {

using namespace concur::model;

namespace {

// `also`: null, or a second word to sleep on.
bool wait_on(const void* at, std::uint32_t expected, std::int64_t ns, place from, const void* also = nullptr,
             std::uint32_t also_expected = 0) {
    const visit v;
    engine& e = *the_engine;
    e.step(from);
    e.require_alive(at, "wait on a word that is gone", from);
    std::uint32_t newest = 0;
    std::memcpy(&newest, at, sizeof newest);
    bool would_sleep = newest == expected;
    if (also != nullptr) {
        e.require_alive(also, "wait on a word that is gone", from);
        std::uint32_t newest_there = 0;
        std::memcpy(&newest_there, also, sizeof newest_there);
        would_sleep &= newest_there == also_expected;
    }
    if (!would_sleep || (ns != 0 && e.search.odd())) {
        e.add_event(would_sleep ? deed::futex_odd : deed::futex_changed, from, at, expected, newest);
        return true;
    }
    e.add_event(deed::futex_wait, from, at, expected, static_cast<std::uint64_t>(ns));
    if (ns == 0) return false;
    const bool in_time = e.sleep_at(at, ns, also);
    e.add_event(deed::futex_over, from, at, in_time ? 1 : 0);
    return in_time;
}

void wake_at(const void* at, place from) {
    const visit v;
    engine& e = *the_engine;
    e.step(from);
    e.require_alive(at, "wake after free", from);
    e.add_event(deed::futex_wake, from, at);
    e.wake_one(at);
}

}  // namespace

bool futex_wait(const void* at, std::uint32_t expected, std::int64_t ns) noexcept {
    return wait_on(at, expected, ns, place_of(__builtin_return_address(0)));
}
void futex_wake_one(const void* at) noexcept { wake_at(at, place_of(__builtin_return_address(0))); }

// All threads of a model are of one process, and see the same words.
bool shared_futex_wait(const void* at, std::uint32_t expected, std::int64_t ns) noexcept {
    return wait_on(at, expected, ns, place_of(__builtin_return_address(0)));
}
void shared_futex_wake(const void* at) noexcept { wake_at(at, place_of(__builtin_return_address(0))); }

bool futex_wait_either(const void* own, std::uint32_t own_expected, const void* shared, std::uint32_t shared_expected,
                       std::int64_t ns) noexcept {
    return wait_on(own, own_expected, ns, place_of(__builtin_return_address(0)), shared, shared_expected);
}
bool can_wait_on_either() noexcept { return true; }

void ask_for_large_pages(void*, std::size_t) noexcept {}

std::int64_t steady_ns() noexcept { return the_engine->now; }
std::int64_t coarse_ns() noexcept { return the_engine->now; }

int usable_cpus() noexcept { return 2; }
std::vector<int> usable_processors() { return {0, 1}; }
bool bind_this_thread(const std::vector<int>&) noexcept { return true; }
void unbind_this_thread() noexcept {}
void relax() noexcept {
    const visit v;
    the_engine->yield(place_of(__builtin_return_address(0)));
}
void yield() noexcept { relax(); }

// Mostly none: a spin makes many schedules and shows little.
int spin_limit() noexcept {
    const visit v;
    return the_engine->search.now_and_then() ? 2 : 0;
}

std::uint32_t fork_generation() noexcept { return 0; }
void at_thread_end(void (*)() noexcept) noexcept {}

bool on_main_thread() noexcept { return false; }

bool at_exit(void (*fn)()) noexcept {
    const visit v;
    the_engine->at_exit.push_back(fn);
    return true;
}
bool in_fork_child(void (*)()) noexcept { return true; }

// The handle is the thread's number in the schedule.
os_thread::os_thread(os_thread&& other) noexcept
    : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}

os_thread& os_thread::operator=(os_thread&& other) noexcept {
    if (this == &other) return *this;
    if (joinable_) detach();
    handle_ = other.handle_;
    joinable_ = std::exchange(other.joinable_, false);
    return *this;
}

os_thread::~os_thread() {
    if (joinable_) detach();
}

os_thread os_thread::start(function* fn, void* argument, std::size_t) {
    os_thread made;
    bool refused = false;
    {
        const visit v;
        engine& e = *the_engine;
        e.step(place_of(__builtin_return_address(0)));
        refused = e.failing_starts > 0;
        if (refused) --e.failing_starts;
        else made.handle_ = e.start(fn, argument);
    }
    if (refused) throw std::system_error(EAGAIN, std::generic_category(), "cannot start a thread");
    made.joinable_ = true;
    return made;
}

void os_thread::join() noexcept {
    const visit v;
    the_engine->join(handle_, place_of(__builtin_return_address(0)));
    joinable_ = false;
}

void os_thread::detach() noexcept {
    the_engine->detach(handle_);
    joinable_ = false;
}

void when_this_thread_ends(thread_end& end) noexcept {
    const visit v;
    end.next = std::exchange(the_engine->current().left, &end);
}
std::uintptr_t main_thread_handle() noexcept { return 0; }
std::int64_t main_thread_id() noexcept { return 1; }

void name_this_thread(const char*) noexcept {}
std::string thread_name_of(std::int64_t) { return "fiber"; }
std::int64_t native_thread_id() noexcept {
    return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(lent_block));
}
std::size_t stack_left() noexcept { return std::size_t{1} << 20U; }

void* thread_block() noexcept {
    const visit v;
    return the_engine->block_of_current();
}

// The engine sets it when another thread goes on.
constinit thread_local void* lent_block = nullptr;

// What is freed must be seen to be.
bool may_keep_memory() noexcept { return false; }

void write_stderr(std::string_view) noexcept {}

const char* signal_name(int) noexcept { return nullptr; }
const char* signal_hint(int) noexcept { return ""; }

std::string type_name(const std::type_info& type) {
    int status = 0;
    char* readable = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    std::string name = status == 0 ? readable : type.name();
    std::free(readable);
    return name;
}
std::string type_name(const std::exception_ptr& error) {
    const std::type_info* type = error ? error.__cxa_exception_type() : nullptr;
    return type != nullptr ? type_name(*type) : "an unknown type";
}

}  // namespace concur::platform
