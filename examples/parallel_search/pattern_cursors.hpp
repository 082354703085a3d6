// Where several strings occur in a text, each of them looked for once from begin to end.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parallel_search {

//   Each pattern has its own next place, found by the C library's vector code; the first of these is
//   the next match. A place is looked for again only when the search has gone past it, so a pattern
//   that occurs nowhere costs one pass.
class pattern_cursors {
public:
    static constexpr std::size_t none = std::string_view::npos;

    // Of patterns that outlive this.
    explicit pattern_cursors(const std::vector<std::string>& patterns);

    void begin(std::string_view text);

    // The first place at or after `from` where a pattern stands. `from` never goes back.
    std::size_t next(std::size_t from);

private:
    struct cursor {
        std::string_view pattern;
        std::size_t at;
    };

    std::string_view text_;
    std::vector<cursor> cursors_;
};

}  // namespace parallel_search
