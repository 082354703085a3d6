#include "concur/platform/fd.hpp"
#include "concur/platform/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace concur::platform {
namespace {

class kept_errno {
public:
    kept_errno() noexcept : value_(errno) {}
    ~kept_errno() { errno = value_; }

private:
    const int value_;
};

std::string_view variable(const char* name) noexcept {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

// Only of its own terminal does a process know.
bool is_in_background(int file) noexcept {
    const pid_t in_front = ::tcgetpgrp(file);
    return in_front > 0 && in_front != ::getpgrp();
}

}  // namespace

bool is_terminal(int file) noexcept {
    const kept_errno keep;
    return ::isatty(file) == 1 && variable("TERM") != "dumb";
}

int terminal_columns(int file) noexcept {
    const kept_errno keep;
    winsize size{};
    return ::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool terminal_shows_utf8() noexcept {
    for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view locale = variable(name);
        if (locale.empty()) continue;
        const std::string_view charset = locale.substr(std::min(locale.find('.'), locale.size() - 1) + 1);
        return ::strncasecmp(charset.data(), "UTF-8", 5) == 0 || ::strncasecmp(charset.data(), "UTF8", 4) == 0;
    }
    return false;
}

bool draw_on_terminal(int file, std::string_view text) noexcept {
    const kept_errno keep;
    if (is_in_background(file)) return true;
    while (!text.empty() && can_write(file)) {
        const ssize_t n = ::write(file, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace concur::platform
