// What the test program does when it is started anew: a role is a function of the test's file, and runs
// before main().
#pragma once
#include "concur/platform/child_process.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace support {

// As a global object of a test's file: runs `fn` and ends the program, where it was started as `name`.
struct role {
    role(const char* name, int (*fn)()) {
        const char* given = std::getenv(concur::platform::role_variable);
        if (given != nullptr && std::string_view(given) == name) concur::platform::leave(fn());
    }
};

inline void say(int file, const std::string& text) { concur::platform::write_all(file, text.data(), text.size()); }

// All that `file` has until its other end is closed everywhere; "(late)": it stays open for too long.
inline std::string until_end(const concur::platform::fd& file) {
    std::string text;
    for (;;) {
        pollfd ready{file.get(), POLLIN, 0};
        if (::poll(&ready, 1, 30'000) == 0) return "(late)";
        std::array<char, 4096> piece;
        const ssize_t n = ::read(file.get(), piece.data(), piece.size());
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

}  // namespace support
