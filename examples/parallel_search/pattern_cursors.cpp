#include "pattern_cursors.hpp"

#include <algorithm>
#include <cstring>

namespace parallel_search {
namespace {

// memmem finds short and long strings in linear time, several bytes at once.
std::size_t place_of(std::string_view text, std::string_view pattern, std::size_t from) {
    const void* place = ::memmem(text.data() + from, text.size() - from, pattern.data(), pattern.size());
    if (place == nullptr) return pattern_cursors::none;
    return static_cast<std::size_t>(static_cast<const char*>(place) - text.data());
}

}  // namespace

pattern_cursors::pattern_cursors(const std::vector<std::string>& patterns) {
    cursors_.reserve(patterns.size());
    for (const std::string& p : patterns) cursors_.push_back({p, none});
}

void pattern_cursors::begin(std::string_view text) {
    text_ = text;
    for (cursor& c : cursors_) c.at = place_of(text_, c.pattern, 0);
}

std::size_t pattern_cursors::next(std::size_t from) {
    std::size_t first = none;
    for (cursor& c : cursors_) {
        if (c.at < from) c.at = place_of(text_, c.pattern, from);
        first = std::min(first, c.at);
    }
    return first;
}

}  // namespace parallel_search
