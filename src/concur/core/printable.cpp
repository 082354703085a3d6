#include "concur/core/printable.hpp"

#include <cstdint>

namespace concur {
namespace {

// How many bytes the character at the front takes; 0 where it is not to be printed as it is.
std::size_t printable_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = at(0);
    if (first < 0x80) return first == '\n' || first == '\t' || (first >= 0x20 && first != 0x7f) ? 1 : 0;
    const std::size_t length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || length > text.size()) return 0;
    std::uint32_t character = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
        character = (character << 6) | (at(i) & 0x3fU);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0xa0, 0x800, 0x10000};  // 0x80 to 0x9f are control characters
    const bool surrogate = character >= 0xd800 && character < 0xe000;
    return character < smallest[length] || surrogate || character > 0x10ffff ? 0 : length;
}

void append_escaped(std::string& to, char byte) {
    constexpr char digits[] = "0123456789abcdef";
    const auto value = static_cast<std::uint8_t>(byte);
    to += "\\x";
    to += digits[value >> 4];
    to += digits[value & 15];
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
    const bool cut = text.size() > most;
    if (cut) text = text.substr(0, most);
    std::string made;
    made.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = printable_length(text);
        if (length != 0) made += text.substr(0, length);
        else append_escaped(made, text.front());
        text.remove_prefix(length != 0 ? length : 1);
    }
    if (cut) made += "...";
    return made;
}

std::string printable_name(std::string_view text, std::size_t most) {
    std::string name;
    for (const char c : printable(text, most)) {
        if (c == '\n' || c == '\t') append_escaped(name, c);
        else name += c;
    }
    return name;
}

}  // namespace concur
