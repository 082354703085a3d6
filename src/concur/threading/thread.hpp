// Python's threading.Thread, and what the module says of the threads there are.
#pragma once
#include "concur/core/timeout.hpp"
#include "concur/threading/target.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>  // std::thread::id too, without the sleeps of <thread>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace concur::threading {

class thread_record;

struct thread_options {
    // For messages, and for the system's tools, where 15 bytes fit. Empty: Thread-1, Thread-2 and so on.
    std::string name = {};
    // The end of the program, and of the last handle, does not wait for it. Not said: as the thread that makes it.
    std::optional<bool> daemon = {};
    // Bytes. 0: as stack_size() says.
    std::size_t stack_size = 0;
    // It runs on these processors alone, by the system's numbers. Empty: where the process may.
    std::vector<int> affinity = {};
};

//   A handle, which can be copied; two are equal that are of one thread. Any thread may call its members.
//
//   The handles by which a thread was made, and copies of these, own it: when the last of them goes, the thread is
//   asked to stop and waited for, as std::jthread does; but not one that is a daemon, was detached, or destroys its
//   own handle. Handles that current_thread(), main_thread() and enumerate() give own nothing.
//   One that was moved from is empty: all but assignment, comparison and destruction throw std::logic_error.
class thread {
public:
    // A thread that will run `fn(args...)`, on copies of both, once start() is called. A callable whose first parameter
    // is a std::stop_token, or that cannot be called without one in front of `args...`, is handed one. Throws
    // std::invalid_argument for an empty callable and for options that nothing can come of, and what copying throws.
    template <class F, class... A>
        requires(!std::same_as<std::remove_cvref_t<F>, thread> && !std::same_as<std::remove_cvref_t<F>, thread_options>)
    explicit thread(F&& fn, A&&... args) : thread(thread_options{}, std::forward<F>(fn), std::forward<A>(args)...) {}
    template <class F, class... A>
    thread(thread_options options, F&& fn, A&&... args)
        : record_(make(std::move(options), std::forward<F>(fn), std::forward<A>(args)...)), owns_(true) {}

    thread(const thread& other) noexcept;
    thread(thread&& other) noexcept : record_(std::exchange(other.record_, nullptr)), owns_(other.owns_) {}
    thread& operator=(thread other) noexcept {
        std::swap(record_, other.record_);
        std::swap(owns_, other.owns_);
        return *this;
    }
    ~thread();

    // Comes back when the thread runs. Once: throws std::logic_error the second time, and where the program is ending;
    // std::system_error where the system has no thread to give, or none on its processors: it can be tried again then.
    void start();

    // Waits for the end of the thread: its function, its arguments, its thread_local objects and its `local` values are
    // gone then. Any number of threads may do so, any number of times. False: it has not ended in time, or before a
    // stop was asked for. Throws std::system_error where it was not started, where it is the calling thread, and where it
    // was not made as one of these.
    void join();
    bool join(timeout t, const std::stop_token& stop = {});

    // Nobody waits for it when its handles go; the end of the program does still. Any time.
    void detach();

    // It was started, and has not ended.
    bool is_alive() const;

    std::string name() const;
    void set_name(std::string name);

    // The end of the program does not wait for it.
    bool daemon() const;
    // Throws std::logic_error where it was started.
    void set_daemon(bool yes);

    // That of no thread, and 0, before it was started.
    std::thread::id ident() const;
    std::int64_t native_id() const;

    // False: that was done already, or it is not one to be asked.
    bool request_stop();
    std::stop_token get_stop_token() const;

    friend bool operator==(const thread& a, const thread& b) noexcept { return a.record_ == b.record_; }

    // For the library: takes over a share.
    explicit thread(thread_record& share) noexcept : record_(&share), owns_(false) {}

private:
    friend struct std::hash<thread>;

    template <class F, class... A>
    static thread_record* make(thread_options options, F&& fn, A&&... args) {
        if constexpr (!runnable_with<F, A...>) {
            static_assert(runnable_with<F, A...>, "thread(fn, args...): fn cannot be called with copies of args");
            return nullptr;
        } else {
            reject_empty(fn, "thread(fn, args...): fn is empty; give it a function to call");
            return record_of(std::move(options), bind_target(std::forward<F>(fn), std::forward<A>(args)...));
        }
    }

    static thread_record* record_of(thread_options options, std::unique_ptr<target> what);
    thread_record& record() const;

    thread_record* record_;
    bool owns_;
};

// A thread that the library has not started gets a handle of its own too: it is called "Dummy-1" or the like, and is
// known until it ends. Throws std::bad_alloc.
thread current_thread();
// The one that runs main(); in a child of fork(), the one that has called that.
thread main_thread();
// All that live: the main one, those that were started here, and those that have asked for current_thread().
std::vector<thread> enumerate();
std::size_t active_count();

// Of the calling thread. Both may be those of a later thread, once it has ended.
std::thread::id get_ident() noexcept;
std::int64_t get_native_id() noexcept;

// Bytes of stack for threads that are made later and do not say; 0: as many as the system gives. Returns what was set
// before. Throws std::invalid_argument for less than 32 KiB.
std::size_t stack_size(std::size_t bytes);
std::size_t stack_size() noexcept;

}  // namespace concur::threading

template <>
struct std::hash<concur::threading::thread> {
    std::size_t operator()(const concur::threading::thread& t) const noexcept {
        return std::hash<const void*>{}(t.record_);
    }
};
