// A gate whose two sides may be in different processes: two words in a file without a name, which
// other processes open by its place in /proc of the process that made it.
#pragma once
#include "concur/platform/futex.hpp"
#include "support/gate.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <fcntl.h>
#include <linux/futex.h>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace support {

// What a task is given of a gate, as an argument: it travels.
struct door {
    std::string path;

    // Lets all through, now and later.
    void open() const;
    bool is_open() const;
    // Counts who comes; the number of the one who came now, from 1. (Or adds any other number.)
    unsigned come(unsigned n = 1) const;
    unsigned came() const;
    // Returns once `n` have come. False: they have not in time.
    bool until_came(unsigned n, std::chrono::milliseconds t = long_enough) const;
    // Comes, and returns once it is open; throws where that takes too long.
    void wait() const;
    bool until_open(std::chrono::milliseconds t = long_enough) const;
};

// The words of a gate, mapped into this process.
//
//   opened  0 or 1.
//   came    grows.
class gate_words {
public:
    explicit gate_words(int file) : shared_(map(file)) {}
    explicit gate_words(const std::string& path) : shared_(map_path(path)) {}
    ~gate_words() { ::munmap(shared_, sizeof(words)); }
    gate_words(const gate_words&) = delete;
    gate_words& operator=(const gate_words&) = delete;

    std::atomic<std::uint32_t>& opened() const { return shared_->opened; }
    std::atomic<std::uint32_t>& came() const { return shared_->came; }

    static std::uint32_t add(std::atomic<std::uint32_t>& word, std::uint32_t n = 1) {
        const std::uint32_t now = word += n;
        ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
        return now;
    }

    static bool until(std::atomic<std::uint32_t>& word, std::uint32_t least, std::chrono::milliseconds t) {
        const auto end = std::chrono::steady_clock::now() + t;
        for (;;) {
            const std::uint32_t now = word;
            if (now >= least) return true;
            const auto left = std::chrono::nanoseconds(end - std::chrono::steady_clock::now()).count();
            if (left <= 0) return false;
            concur::platform::shared_futex_wait(&word, now, left);
        }
    }

    static constexpr std::size_t size() { return sizeof(words); }

private:
    struct words {
        std::atomic<std::uint32_t> opened, came;
    };

    static words* map(int file) {
        void* const at = ::mmap(nullptr, sizeof(words), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (at == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "a gate cannot be mapped");
        return static_cast<words*>(at);
    }
    static words* map_path(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (file < 0) throw std::system_error(errno, std::generic_category(), "the gate is gone: " + path);
        words* const found = map(file);
        ::close(file);
        return found;
    }

    words* shared_;
};

inline void door::open() const {
    const gate_words words(path);
    if (words.opened() == 0) gate_words::add(words.opened());
}
inline bool door::is_open() const { return gate_words(path).opened() != 0; }
inline unsigned door::come(unsigned n) const {
    const gate_words words(path);
    return gate_words::add(words.came(), n);
}
inline unsigned door::came() const { return gate_words(path).came(); }
inline bool door::until_came(unsigned n, std::chrono::milliseconds t) const {
    return gate_words::until(gate_words(path).came(), n, t);
}
inline bool door::until_open(std::chrono::milliseconds t) const {
    return gate_words::until(gate_words(path).opened(), 1, t);
}
inline void door::wait() const {
    const gate_words words(path);
    gate_words::add(words.came());
    if (!gate_words::until(words.opened(), 1, long_enough)) throw std::runtime_error("the gate stayed shut");
}

// Opens at the end of its scope, so that a test that fails holds nobody: make it after the pool.
class process_gate {
public:
    process_gate() : file_(made()), door{"/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file_)} {}
    ~process_gate() {
        const gate_words words(file_);
        if (words.opened() == 0) gate_words::add(words.opened());
        ::close(file_);
    }
    process_gate(const process_gate&) = delete;
    process_gate& operator=(const process_gate&) = delete;

private:
    static int made() {
        const int file = ::memfd_create("test-gate", MFD_CLOEXEC);
        if (file < 0 || ::ftruncate(file, gate_words::size()) != 0)
            throw std::system_error(errno, std::generic_category(), "a gate cannot be made");
        return file;
    }

    int file_;

public:
    const support::door door;
};

}  // namespace support
