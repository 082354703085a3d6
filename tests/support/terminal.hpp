// A terminal for tests: what is drawn on it can be read.
#pragma once
#include "concur/platform/fd.hpp"

#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace support {

class terminal {
public:
    explicit terminal(int columns = 80) {
        termios raw{};
        ::cfmakeraw(&raw);
        winsize size = size_of(columns);
        int outside = -1, inside = -1;
        if (::openpty(&outside, &inside, nullptr, &raw, &size) != 0) throw std::runtime_error("no terminal to be had");
        outside_.reset(outside);
        inside_.reset(inside);
        ::setenv("TERM", "xterm", 1);
        ::setenv("LC_ALL", "C", 1);
    }

    // What a program draws on.
    int stream() const noexcept { return inside_.get(); }

    void resize(int columns) {
        winsize size = size_of(columns);
        ::ioctl(outside_.get(), TIOCSWINSZ, &size);
    }

    // It takes nothing more, as after control-S.
    void stop() { ::tcflow(inside_.get(), TCOOFF); }
    // As a window that is closed.
    void close() { outside_.reset(); }

    // What was drawn since.
    std::string read() {
        std::string all;
        char part[4096];
        for (pollfd one{outside_.get(), POLLIN, 0}; ::poll(&one, 1, 20) > 0 && (one.revents & POLLIN) != 0;) {
            const ssize_t n = ::read(outside_.get(), part, sizeof part);
            if (n <= 0) break;
            all.append(part, static_cast<std::size_t>(n));
        }
        return all;
    }

private:
    static winsize size_of(int columns) {
        winsize size{};
        size.ws_row = 24;
        size.ws_col = static_cast<unsigned short>(columns);
        return size;
    }

    concur::platform::fd outside_, inside_;
};

}  // namespace support
