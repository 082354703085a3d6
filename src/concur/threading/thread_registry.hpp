// The threads of this process that live, as far as the library knows of them.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/threading/thread_record.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace concur::threading {

//   What is no thread of its own, and the end of the program waits for it all the same: a timer.
class waited_for {
public:
    waited_for() = default;
    waited_for(const waited_for&) = delete;
    waited_for& operator=(const waited_for&) = delete;

    virtual void wait_at_exit() noexcept = 0;
    virtual void add_share() noexcept = 0;
    virtual void drop_share() noexcept = 0;

    // Guarded by the registry's lock.
    waited_for* next_waited_for = nullptr;
    waited_for* prev_waited_for = nullptr;
    const parker* runs_on = nullptr;  // that of the thread which runs it
    bool awaited = false;             // by the end of the program

protected:
    ~waited_for() = default;
};

// Guards what records and the registry say it does. No code of the user's runs under it.
lock_word& registry_lock() noexcept;

// With the lock held. A record that is on the list has the thread's own share.
void enter_living(thread_record& r) noexcept;
void leave_living(thread_record& r) noexcept;

void enter_waited_for(waited_for& w) noexcept;
void leave_waited_for(waited_for& w) noexcept;

// From now on the end of the program waits for threads. Throws std::logic_error where it has come so far that it waits
// for none any more.
void watch_program_end();

// The calling thread's; made where it has none. Throws std::bad_alloc.
thread_record& record_of_this_thread();
// Null: it has none.
thread_record* known_record_of_this_thread() noexcept;
thread_record& record_of_main();
// What it makes is a daemon, where nothing else is said.
bool this_thread_begets_daemons() noexcept;

// Of all that live, each with a share that is the caller's to drop.
std::vector<thread_record*> living_records();
std::size_t living_count();

// "Thread-1" or "Dummy-2".
std::string next_thread_name(const char* kind);

}  // namespace concur::threading
