// A thread, as all handles on it know it.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/share_count.hpp"
#include "concur/core/timeout.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/thread_end.hpp"
#include "concur/threading/event.hpp"
#include "concur/threading/lock.hpp"
#include "concur/threading/target.hpp"
#include "concur/threading/thread.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace concur::threading {

//   phase_  fresh --start()--> starting --it is up--> running --its last act--> ended
//           starting --the system refuses--> fresh
//           Changed with the registry's lock held, or by the thread itself. What the library has not started (the
//           main thread, and strangers) is running from the first.
//   shares  one for each handle, and one that the thread has itself while it lives
//   owners  the handles that it was made with, and copies of these
//   name_, daemon_, let_go_  guarded by the registry's lock
//   os_     guarded by reaping_: whoever joins reaps it, and the others wait for that
//
//   In a child of a fork only the thread that has forked exists: of all others the record says that they have ended.
class thread_record {
public:
    enum class origin : std::uint8_t { started_here, main_thread, stranger };

    // One to be started. Throws std::invalid_argument for options that nothing can come of.
    thread_record(thread_options options, std::unique_ptr<target> what);
    // The main thread, or the calling one, whoever has started that.
    thread_record(origin from, std::string name);
    thread_record(const thread_record&) = delete;
    thread_record& operator=(const thread_record&) = delete;

    void start();
    bool join(timeout t, const std::stop_token& stop);
    // For the end of the program.
    void join_at_exit() noexcept;

    bool is_alive() const noexcept;
    bool is_here() const noexcept;  // it is the calling thread
    std::string name() const;
    void set_name(std::string name);
    bool daemon() const noexcept;
    void set_daemon(bool yes);
    std::thread::id ident() const noexcept;
    std::int64_t native_id() const noexcept;
    std::stop_source& stop() noexcept { return stop_; }
    void detach() noexcept;

    void add_share() noexcept { shares_.add(); }
    void drop_share() noexcept;
    void add_owner() noexcept { owners_.add(); }
    // The last of them has the thread end, or lets it go.
    void drop_owner() noexcept;

    // The calling thread is this one from now on, until it ends: `leave` runs then.
    void become() noexcept;
    // In a child of a fork, on the only thread.
    void survive_fork() noexcept;

    // The registry's, guarded by its lock.
    thread_record* next_living = nullptr;
    thread_record* prev_living = nullptr;
    bool awaited_at_exit() const noexcept { return was_started_here() && !daemon_ && !is_here(); }

    bool was_started_here() const noexcept { return from_ == origin::started_here; }
    // Threads that it makes are daemons too, where nothing else is said.
    bool passes_daemon_on() const noexcept { return was_started_here() && daemon(); }

private:
    enum class phase : std::uint8_t { fresh, starting, running, ended };

    void start_on(std::size_t stack);
    static void run_thread(void* self) noexcept;
    void run_target() noexcept;
    void report(std::exception_ptr error) noexcept;
    static void leave(platform::thread_end& e) noexcept;
    void be_fresh_again() noexcept;
    void reap() noexcept;
    void require_joinable() const;
    bool is_of_parent() const noexcept;

    struct last_act : platform::thread_end {
        explicit last_act(thread_record& r) noexcept : platform::thread_end(&leave), of(r) {}
        thread_record& of;
    };

    share_count shares_;
    share_count owners_;
    const origin from_;
    atomic<phase> phase_;
    bool daemon_ = false;
    bool let_go_ = false;
    bool refused_ = false;  // its processors were; written by the thread before started_, read after it
    event started_;
    event ended_;
    plain_lock reaping_;
    platform::os_thread os_;
    std::uint32_t generation_;  // of the process in which it lives
    std::int64_t native_id_ = 0;
    std::thread::id ident_;
    std::string name_;
    std::size_t stack_size_ = 0;
    std::vector<int> affinity_;
    std::unique_ptr<target> target_;
    std::stop_source stop_;
    last_act at_end_{*this};
};

}  // namespace concur::threading
