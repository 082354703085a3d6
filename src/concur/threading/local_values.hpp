// What each thread has of each `local`, whatever its type.
#pragma once
#include "concur/threading/event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace concur::threading {

class local_key;
class values_here;

//   A thread's value of one local. It stands in two lists, that of the local and that of the thread, both guarded by
//   one lock for all; who takes it out of both destroys it, with the lock free.
struct local_value {
    local_value() = default;
    local_value(const local_value&) = delete;
    local_value& operator=(const local_value&) = delete;
    virtual ~local_value() = default;

    local_key* of = nullptr;
    values_here* here = nullptr;
    local_value* next_of_local = nullptr;
    local_value* prev_of_local = nullptr;
    local_value* older_here = nullptr;
    local_value* newer_here = nullptr;
};

//   What a local is to the threads. Each has a number, by which threads find their values in a table of their own, and
//   which a later local gets again; and a serial number, which none gets again: what a table has of a local that is
//   gone is of no meaning to the next.
//
//   going_  values that threads at their end have taken out, and are destroying
class local_key {
public:
    local_key();
    // Destroys all values, on the calling thread, and waits for those that threads at their end are destroying.
    ~local_key();
    local_key(const local_key&) = delete;
    local_key& operator=(const local_key&) = delete;

    // The calling thread's value; null where it has none.
    local_value* find() const noexcept;
    // Destroys it, if there is one.
    void drop() noexcept;

    // Makes room for it; give() fills that, or take_back() leaves it. Throws std::bad_alloc, and std::logic_error where
    // this thread is making one already.
    void make_room();
    void give(std::unique_ptr<local_value> value) noexcept;
    void take_back() noexcept;

private:
    friend class values_here;

    void link(local_value& v) noexcept;
    void unlink(local_value& v) noexcept;
    void destroy_all() noexcept;
    void wait_for_threads_that_end() noexcept;

    const std::size_t number_;
    const std::uint64_t serial_;
    local_value* first_ = nullptr;  // guarded by the lock, as what follows
    std::size_t going_ = 0;
    std::uint32_t going_in_ = 0;  // the process in which they are
    event none_goes_;
};

}  // namespace concur::threading
