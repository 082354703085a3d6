// The program's operator new: counted, and made to fail on demand.
#pragma once
#include <cstddef>
#include <new>

namespace support::allocations {

// Calls of operator new so far: of all threads, or of the calling one.
std::size_t count() noexcept;
std::size_t count_here() noexcept;

// The bytes that the calling thread has asked for so far.
std::size_t bytes_here() noexcept;

// Blocks of all threads that have not been deleted.
std::size_t live() noexcept;

// While it lives, the calling thread's first `n` calls of operator new go well and the next throws
// std::bad_alloc; those after that go well again. One at a time on a thread.
class fail_after {
public:
    explicit fail_after(std::size_t n) noexcept;
    ~fail_after();
    fail_after(const fail_after&) = delete;
    fail_after& operator=(const fail_after&) = delete;

    // Whether it has thrown.
    bool fired() const noexcept;
};

// Tries `fn` with its first allocation failing, its second, and so on, until one run needs no more.
// Calls `check()` after each run that std::bad_alloc has ended. Returns how many those were.
template <class F, class Check>
std::size_t sweep(F&& fn, Check&& check) {
    for (std::size_t n = 0;; ++n) {
        bool fired = false, threw = false;
        try {
            const fail_after guard(n);
            struct note {
                ~note() { fired = guard.fired(); }
                const fail_after& guard;
                bool& fired;
            } const noted{guard, fired};
            fn();
        } catch (const std::bad_alloc&) {
            threw = true;
        }
        if (threw) check();
        if (!fired) return n;
    }
}

}  // namespace support::allocations
