// Two processes and memory that both have: what a call to another process cannot be faster than.
// A line of 64 bytes is one message, with the number that says whose turn it is in the same line.
#pragma once
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <linux/futex.h>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>

namespace yardstick {

// Memory that a process and its children share.
template <class T>
class shared {
public:
    shared() {
        void* const place = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (place == MAP_FAILED) throw std::bad_alloc();
        what_ = new (place) T;
    }
    ~shared() { munmap(what_, sizeof(T)); }
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;

    T& operator*() const noexcept { return *what_; }
    T* operator->() const noexcept { return what_; }

private:
    static_assert(std::is_trivially_destructible_v<T>);
    T* what_;
};

// A child that runs fn() and ends; it does not outlive its parent.
class child {
public:
    template <class F>
    explicit child(F fn) : pid_(fork()) {
        if (pid_ < 0) throw std::runtime_error("fork failed");
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fn();
        _exit(0);
    }
    ~child() { waitpid(pid_, nullptr, 0); }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

private:
    pid_t pid_;
};

// One writer, one reader.
template <bool sleeps>
class ring {
public:
    struct message {
        std::uint32_t words[14];
    };

    bool room() const noexcept { return line_of(written_).turn.load(std::memory_order_acquire) == written_; }

    // There is room.
    void put(const message& m) noexcept {
        line& l = line_of(written_);
        l.what = m;
        l.turn.store(++written_, std::memory_order_release);
        if constexpr (sleeps) wake();
    }

    bool filled() const noexcept { return line_of(read_).turn.load(std::memory_order_acquire) == read_ + 1; }

    message take() noexcept {
        if constexpr (sleeps) look_then_sleep();
        while (!filled()) __builtin_ia32_pause();
        line& l = line_of(read_);
        const message m = l.what;
        l.turn.store(read_ + size, std::memory_order_release);
        ++read_;
        return m;
    }

    ring() noexcept {
        for (std::uint32_t i = 0; i < size; ++i) lines_[i].turn.store(i, std::memory_order_relaxed);
    }

private:
    static constexpr std::uint32_t size = 64;
    struct alignas(64) line {
        std::atomic<std::uint32_t> turn;
        message what;
    };
    static_assert(sizeof(line) == 64);

    line& line_of(std::uint32_t n) noexcept { return lines_[n % size]; }
    const line& line_of(std::uint32_t n) const noexcept { return lines_[n % size]; }

    void wake() noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (asleep_.load(std::memory_order_relaxed) == 0) return;
        asleep_.store(0, std::memory_order_relaxed);
        syscall(SYS_futex, &asleep_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }

    // 30 us.
    void look_then_sleep() noexcept {
        using clock = std::chrono::steady_clock;
        const auto end = clock::now() + std::chrono::microseconds(30);
        while (!filled() && clock::now() < end)
            for (int i = 0; i < 20 && !filled(); ++i) __builtin_ia32_pause();
        while (!filled()) {
            asleep_.store(1, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (!filled()) syscall(SYS_futex, &asleep_, FUTEX_WAIT, 1, nullptr, nullptr, 0);
        }
        asleep_.store(0, std::memory_order_relaxed);
    }

    line lines_[size];
    // The writer's, and the reader's: neither side looks at the other's.
    alignas(64) std::uint32_t written_ = 0;
    alignas(64) std::uint32_t read_ = 0;
    // 1: the reader sleeps, or is about to. It sets this and looks once more; the writer clears it.
    alignas(64) std::atomic<std::uint32_t> asleep_{0};
};

// A way there and a way back.
template <bool sleeps>
struct ring_pair {
    ring<sleeps> there;
    ring<sleeps> back;
};

}  // namespace yardstick
