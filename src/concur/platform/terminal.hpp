// What is to be known of a terminal before something is drawn on it.
#pragma once
#include <string_view>

namespace concur::platform {

// A terminal whose lines can be drawn again: no file, no pipe, and none that calls itself dumb.
bool is_terminal(int file) noexcept;

// How many columns it has at this moment; 80 where it does not say.
int terminal_columns(int file) noexcept;

// Text for it may hold more than ASCII, as far as the environment says.
bool terminal_shows_utf8() noexcept;

// Writes `text`, where that would not wait, and not while this process is in the background of the terminal.
// False: there is no terminal any more.
bool draw_on_terminal(int file, std::string_view text) noexcept;

}  // namespace concur::platform
