#include "progress_bar.hpp"

#include "write_all.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace parallel_search {
namespace {

using namespace std::chrono_literals;

// A terminal that knows how to erase a line.
bool is_terminal(int fd) {
    const char* const name = std::getenv("TERM");
    return ::isatty(fd) == 1 && name != nullptr && std::string_view(name) != "dumb";
}

std::size_t columns_of(int fd) {
    winsize size{};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string gauge(std::uint64_t done, std::uint64_t found) {
    constexpr std::size_t cells = 20;
    const std::uint64_t share = found == 0 ? 0 : cells * std::min(done, found) / found;
    const auto full = static_cast<std::size_t>(share);
    return std::string(1, '[').append(full, '=').append(cells - full, ' ').append(1, ']');
}

}  // namespace

std::string progress_line(const progress& now, std::chrono::duration<double> passed, std::size_t width) {
    constexpr double mega = 1e6;
    const double megabytes = static_cast<double>(now.bytes) / mega;
    const double speed = passed.count() > 0 ? megabytes / passed.count() : 0;
    char figures[128];
    std::snprintf(figures, sizeof figures, " %llu/%llu files  %.0f MB  %.0f MB/s  %llu found",
                  static_cast<unsigned long long>(now.done), static_cast<unsigned long long>(now.found), megabytes,
                  speed, static_cast<unsigned long long>(now.matches));
    return (gauge(now.done, now.found) + figures).substr(0, width);
}

progress_bar::progress_bar() : on_terminal_(is_terminal(STDERR_FILENO)), next_(began_ + 100ms) {}

void progress_bar::show(const progress& now) {
    if (!on_terminal_) return;
    const auto moment = clock::now();
    if (moment < next_) return;
    next_ = moment + 100ms;
    // One column stays free: a full line would move the cursor to the next.
    const std::size_t width = columns_of(STDERR_FILENO) - 1;
    write_all(STDERR_FILENO, std::string(1, '\r').append(progress_line(now, moment - began_, width)).append("\x1b[K"));
    drawn_ = true;
}

void progress_bar::hide() noexcept {
    if (!drawn_) return;
    write_all(STDERR_FILENO, "\r\x1b[K");
    drawn_ = false;
}

}  // namespace parallel_search
