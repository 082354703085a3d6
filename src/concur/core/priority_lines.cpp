#include "concur/core/priority_lines.hpp"

#include <algorithm>
#include <iterator>

namespace concur {

job_line& priority_lines::line_of(int priority) {
    const auto at = std::ranges::find_if(lines_, [&](const auto& l) { return l->priority <= priority; });
    if (at != lines_.end() && (*at)->priority == priority) return (*at)->line;
    return (*lines_.insert(at, std::make_unique<priority_line>(priority)))->line;
}

job* priority_lines::pop() noexcept {
    if (count_ == 0) return nullptr;
    --count_;
    for (auto at = lines_.begin();;) {
        if (job* const j = (*at)->line.pop()) return j;
        at = (*at)->priority == 0 ? std::next(at) : lines_.erase(at);
    }
}

// Only an end of a line has to be taken out through that line itself.
bool priority_lines::remove(job& j) noexcept {
    if (!j.stands_in_line()) return false;
    const auto at =
        std::ranges::find_if(lines_, [&](const auto& l) { return l->line.front() == &j || l->line.back() == &j; });
    (at != lines_.end() ? (*at)->line : *usual_).remove(j);
    --count_;
    return true;
}

}  // namespace concur
