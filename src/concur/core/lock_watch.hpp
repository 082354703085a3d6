// Who has which lock, and who waits for what: kept only while somebody asks for it.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/function.hpp"
#include "concur/core/timeout.hpp"

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace concur {

// Who holds a lock, or waits: a thread by its number in the system, or a coroutine by the address of its frame.
struct holder {
    static holder this_thread() noexcept;
    static holder coroutine(const void* frame) noexcept;
    friend bool operator==(const holder&, const holder&) = default;

    std::uint64_t id = 0;
    bool is_coroutine = false;
};

//   While the watch is on, each lock that is wanted while others are held leaves an edge from those to it. An edge that
//   closes a circle is reported once: two who go that way at the same moment wait for each other for ever, though it
//   may go well this time. A wait that lasts longer than it should is reported once, too.
//
//   All is guarded by one lock, and none of these throws: where there is no memory for it, something goes unseen.
class lock_watch {
public:
    static bool is_on() noexcept { return (state_.load(std::memory_order_relaxed) & on) != 0; }
    // It is on, or something has a name: whatever ends says so.
    static bool must_know_of_ends() noexcept { return state_.load(std::memory_order_relaxed) != 0; }
    static void turn_on(timeout longest_wait) noexcept;
    static void turn_off() noexcept;
    // Gets each report, a text of some lines, on the thread that finds it; empty: standard error.
    static void report_to(function<void(std::string_view)> hook);
    // For the reports, until the end of what is there. Also while the watch is off.
    static void name(const void* lock, std::string text);

    // Before it may have to wait for the lock; when it has it; before it, or another, lets it go; before its end.
    static void wants(const void* lock, holder who, const std::source_location& where) noexcept;
    static void has(const void* lock, holder who, const std::source_location& where) noexcept;
    static void lets_go(const void* lock) noexcept;
    static void forget(const void* lock) noexcept;
    // What others wait for comes to its end.
    static void ends(const void* at, const char* kind, bool is_waited_for) noexcept;

    // Around each wait, whatever for.
    static void waits(const void* waiter, const void* at, const char* kind, holder who) noexcept;
    static void waits_no_more(const void* waiter) noexcept;

private:
    static constexpr std::uint32_t on = 1, has_names = 2;

    static void change(std::uint32_t set, std::uint32_t clear) noexcept;
    static void forget_in_child() noexcept;

    static atomic<std::uint32_t> state_;  // changed with the lock held
};

}  // namespace concur
