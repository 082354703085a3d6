// Text from outside, made fit for a terminal and a log.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace concur {

// `text` with all escaped ("\x1b") that is no printable UTF-8: control characters, also those beyond
// ASCII, and broken sequences. Tabs and line ends are kept. At most `most` bytes of `text` are read:
// what stands behind them is "...".
std::string printable(std::string_view text, std::size_t most);

// Likewise, for a name within a line: tabs and line ends are escaped too.
std::string printable_name(std::string_view text, std::size_t most);

// What the text of an error repeats of a name, in bytes.
inline constexpr std::size_t most_of_a_name = 200;

}  // namespace concur
