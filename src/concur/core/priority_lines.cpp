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

// Only the usual line may be empty then.
void priority_lines::drop_empty_lines() noexcept {
    std::erase_if(lines_, [](const auto& l) { return l->priority != 0 && l->line.empty(); });
}

job* priority_lines::pop_less_urgent(std::size_t turn) noexcept {
    drop_empty_lines();
    const std::size_t others = lines_.size() - 1;
    for (std::size_t i = 0; i < others; ++i) {
        job* const j = lines_[1 + (turn + i) % others]->line.pop();
        if (j == nullptr) continue;
        --count_;
        return j;
    }
    return pop();
}

int priority_lines::highest_priority() noexcept {
    drop_empty_lines();
    const bool starts_with_usual = lines_.front()->priority == 0;
    return starts_with_usual && usual_->empty() && lines_.size() > 1 ? lines_[1]->priority : lines_.front()->priority;
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
