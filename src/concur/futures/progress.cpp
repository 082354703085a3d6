#include "concur/futures/progress.hpp"

#include "concur/core/printable.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/terminal.hpp"

#include <algorithm>
#include <cstdio>

namespace concur {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t between_two = second / 10;
constexpr std::size_t least_bar = 5;

// Where a character begins, or ASCII stands.
bool begins_character(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

// How wide one of its characters may be: there is no telling, but none is wider.
std::size_t columns_of(char first) noexcept { return static_cast<unsigned char>(first) < 0x80 ? 1 : 2; }

std::size_t columns_of(std::string_view text) noexcept {
    std::size_t columns = 0;
    for (const char byte : text)
        if (begins_character(byte)) columns += columns_of(byte);
    return columns;
}

// As much of the front as fits.
std::string_view cut(std::string_view text, std::size_t columns) noexcept {
    std::size_t taken = 0, used = 0;
    for (; taken < text.size(); ++taken) {
        if (!begins_character(text[taken])) continue;
        if (used + columns_of(text[taken]) > columns) break;
        used += columns_of(text[taken]);
    }
    return text.substr(0, taken);
}

template <class... A>
std::string formatted(const char* form, A... values) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, form, values...);
    return std::string(text, static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(sizeof text) - 1)));
}

// "01:40", "2:46:40"
std::string clock_text(double seconds) {
    constexpr double longest = 3600.0 * 100'000;
    const auto whole = static_cast<long>(std::clamp(seconds, 0.0, longest));
    if (whole >= 3600) return formatted("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    return formatted("%02ld:%02ld", whole / 60, whole % 60);
}

// "31.20/s", or where it is less than one: "1.50 s each"
std::string rate_text(double rate) {
    if (rate <= 0) return "?/s";
    if (rate < 1) return formatted("%.2f s each", 1 / rate);
    return formatted(rate < 100 ? "%.2f/s" : rate < 1000 ? "%.1f/s" : "%.0f/s", rate);
}

// Of `columns` characters, the last one an eighth at a time where that can be shown.
std::string bar_text(double share, std::size_t columns, bool utf8) {
    constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const auto done = static_cast<std::size_t>(share * static_cast<double>(8 * columns));
    std::string bar;
    std::size_t left = columns - done / 8;
    for (std::size_t i = 0; i < done / 8; ++i) bar += utf8 ? "█" : "#";
    if (utf8 && done % 8 != 0) bar += eighths[done % 8], --left;
    return bar + std::string(left, ' ');
}

}  // namespace

std::string progress_line::text() const {
    const double seconds = static_cast<double>(elapsed_ns) / second;
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const std::string name = printable_name(description, most_of_a_name);
    const std::string_view shown = cut(name, columns / 3);
    std::string line(shown);
    if (!shown.empty()) line += ": ";
    if (!total || done > *total) {
        line += std::to_string(done) + " [" + clock_text(seconds) + ", " + rate_text(rate) + "]";
        return std::string(cut(line, columns));
    }
    const double share = *total > 0 ? static_cast<double>(done) / static_cast<double>(*total) : 1;
    const double to_do = static_cast<double>(*total - done);
    const std::string remaining = rate > 0 || to_do == 0 ? clock_text(rate > 0 ? to_do / rate : 0) : "?";
    line += formatted("%3d%%", static_cast<int>(100 * share));
    const std::string behind = std::string(" ") + std::to_string(done) + "/" + std::to_string(*total) + " [" +
                               clock_text(seconds) + "<" + remaining + ", " + rate_text(rate) + "]";
    const std::size_t taken = columns_of(line) + columns_of(behind) + 2;
    if (taken + least_bar > columns) return std::string(cut(line + behind, columns));
    return line + "|" + bar_text(share, columns - taken, utf8) + "|" + behind;
}

progress_meter::progress_meter(progress_options options, std::optional<std::size_t> total)
    : options_(std::move(options)),
      total_(total),
      began_(platform::steady_ns()),
      drawing_(platform::is_terminal(options_.stream)),
      utf8_(platform::terminal_shows_utf8()) {}

void progress_meter::begin() noexcept {
    if (drawing_) draw("");
}

void progress_meter::draw_in_time() noexcept {
    if (platform::coarse_ns() >= next_) draw("");
}

void progress_meter::finish() noexcept {
    if (drawing_) draw("\n");
    drawing_ = false;
}

// The last column stays free: some terminals go on to the next line behind it.
void progress_meter::draw(std::string_view behind) noexcept {
    try {
        const std::int64_t now = platform::steady_ns();
        next_ = now + between_two;
        const auto columns = static_cast<std::size_t>(platform::terminal_columns(options_.stream));
        const progress_line line{options_.description, done_, total_, now - began_, columns - 1, utf8_};
        const std::string text = std::string("\r") + line.text() + "\x1b[K" + std::string(behind);
        drawing_ = platform::draw_on_terminal(options_.stream, text);
    } catch (...) {
        drawing_ = false;  // no memory for a line
    }
}

}  // namespace concur
