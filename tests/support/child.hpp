// A child of fork(): what a test does that could end, crash or hang the program.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace support::child {

struct outcome {
    std::optional<int> exit_code;  // one of the two
    std::optional<int> signal;
    bool timed_out = false;  // it was killed for it
    std::string out, err;    // what it wrote
};

// What a child exits with where `fn` throws.
inline constexpr int threw = 99;

// Runs `fn` in a child of fork() and exits there, by _exit(), with what `fn` returns. A child that
// takes longer than `t` is killed. `fn` may call std::exit() itself, to see the end of a program.
outcome run(const std::function<int()>& fn, std::chrono::milliseconds t = std::chrono::seconds{30});

// Starts a program, found by PATH, in the same way.
outcome run_program(const std::vector<std::string>& command, std::chrono::milliseconds t = std::chrono::seconds{30});

}  // namespace support::child
