// A value that knows how many of its kind live, and how they were made.
#pragma once
#include <atomic>
#include <stdexcept>

namespace support {

struct copy_failed : std::runtime_error {
    copy_failed() : std::runtime_error("the copy was told to fail") {}
};
struct move_failed : std::runtime_error {
    move_failed() : std::runtime_error("the move was told to fail") {}
};

// Counts are of the whole program: a test calls tracked::reset() first. Any thread.
class tracked {
public:
    explicit tracked(int v = 0) noexcept : value(v) { ++live_; }
    tracked(const tracked& other) : value(other.value) {
        if (++copies_ == fail_copy_) throw copy_failed();
        ++live_;
    }
    tracked(tracked&& other) : value(other.value) {
        if (++moves_ == fail_move_) throw move_failed();
        other.value = -1;
        ++live_;
    }
    tracked& operator=(const tracked& other) {
        if (++copies_ == fail_copy_) throw copy_failed();
        value = other.value;
        return *this;
    }
    tracked& operator=(tracked&& other) {
        if (++moves_ == fail_move_) throw move_failed();
        value = other.value;
        if (this != &other) other.value = -1;
        return *this;
    }
    ~tracked() { --live_; }

    static int live() noexcept { return live_; }
    static int copies() noexcept { return copies_; }
    static int moves() noexcept { return moves_; }

    // The n-th copy (or move) from now on throws; 0: none does.
    static void fail_copy(int n) noexcept { fail_copy_ = n == 0 ? 0 : copies_ + n; }
    static void fail_move(int n) noexcept { fail_move_ = n == 0 ? 0 : moves_ + n; }

    // Copies, moves and failures from 0 again. Who lives, lives.
    static void reset() noexcept { copies_ = moves_ = fail_copy_ = fail_move_ = 0; }

    int value;  // -1 once moved from

private:
    inline static std::atomic<int> live_{0}, copies_{0}, moves_{0}, fail_copy_{0}, fail_move_{0};
};

// Only moves.
class move_only {
public:
    explicit move_only(int v) noexcept : value(v) {}
    move_only(move_only&& other) noexcept : value(other.value) { other.value = -1; }
    move_only& operator=(move_only&& other) noexcept {
        value = other.value;
        if (this != &other) other.value = -1;
        return *this;
    }

    int value;  // -1 once moved from
};

}  // namespace support
