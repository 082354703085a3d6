#include "choices.hpp"

#include <charconv>

namespace concur::model {
namespace {

constexpr std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

// The written form: a letter per choice, 'a' for 0; a number stands for so many 'a'.
void write_zeros(std::string& out, std::size_t zeros) {
    if (zeros < 3) out.append(zeros, 'a');
    else out += std::to_string(zeros);
}

std::vector<std::uint8_t> read_trace(std::string_view text) {
    std::vector<std::uint8_t> trace;
    while (!text.empty()) {
        std::size_t zeros = 0;
        const auto number = std::from_chars(text.data(), text.data() + text.size(), zeros);
        const auto digits = static_cast<std::size_t>(number.ptr - text.data());
        if (digits == 0) {
            trace.push_back(static_cast<std::uint8_t>(text.front() - 'a'));
            text.remove_prefix(1);
            continue;
        }
        trace.insert(trace.end(), std::min<std::size_t>(zeros, 1'000'000), std::uint8_t{0});
        text.remove_prefix(digits);
    }
    return trace;
}

}  // namespace

void choices::start_random(std::uint64_t seed) {
    state_ = mixed(seed) | 1U;
    trace_.clear();
    step_ = 0;
    const std::uint64_t kind = random();
    constexpr std::array ways{way::uniform, way::rarely, way::priorities, way::priorities};
    way_ = ways[kind % ways.size()];
    wild_ = (kind & 16U) != 0;
    if (way_ != way::priorities) return;
    lowest_ = 0;
    for (auto& p : priority_) p = 1 + below(1'000'000);
    const auto changes = 1 + (kind >> 8U) % change_at_.size();
    for (std::size_t i = 0; i < change_at_.size(); ++i)
        change_at_[i] = i < changes ? static_cast<std::uint32_t>(random() % usual_length_) : ~0U;
}

void choices::start_bounded(int preemptions) {
    way_ = way::bounded;
    preemptions_ = left_ = old_left_ = preemptions;
    stack_.clear();
    trace_.clear();
    depth_ = 0;
}

bool choices::next_bounded() {
    while (!stack_.empty() && stack_.back().chosen + 1 >= stack_.back().options) stack_.pop_back();
    if (stack_.empty()) return false;
    ++stack_.back().chosen;
    trace_.clear();
    depth_ = 0;
    left_ = old_left_ = preemptions_;
    return true;
}

void choices::start_replay(std::string_view trace) {
    way_ = way::replay;
    written_ = read_trace(trace);
    trace_.clear();
    depth_ = 0;
}

void choices::end_schedule(std::uint32_t steps) { usual_length_ = std::max(4U, (usual_length_ * 15 + steps + 8) / 16); }

std::uint64_t choices::random() {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return (state_ * 0x2545f4914f6cdd1dU) >> 16U;
}

int choices::bounded(int options) {
    if (depth_ == stack_.size()) stack_.push_back({0, static_cast<std::uint8_t>(options)});
    return stack_[depth_++].chosen;
}

int choices::written(int options) {
    const int choice = depth_ < written_.size() ? written_[depth_] : 0;
    ++depth_;
    return std::min(choice, options - 1);
}

int choices::by_priority(const thread_options& options) {
    if (options.stays) {
        for (const std::uint32_t at : change_at_)
            if (at == step_) priority_[options.thread[0]] = --lowest_;
    }
    int best = 0;
    for (int i = 1; i < options.threads; ++i)
        if (priority_[options.thread[static_cast<std::size_t>(i)]] >
            priority_[options.thread[static_cast<std::size_t>(best)]])
            best = i;
    return best;
}

int choices::random_thread(const thread_options& options) {
    ++step_;
    if (options.time && (options.threads == 0 || one_in(16))) return options.threads;
    if (way_ == way::priorities) return by_priority(options);
    if (way_ == way::rarely && options.stays && !one_in(6)) return 0;
    return below(options.threads);
}

int choices::which_thread(const thread_options& options) {
    const int all = options.threads + (options.time ? 1 : 0);
    if (way_ == way::replay) return note(written(all));
    if (way_ != way::bounded) return note(random_thread(options));
    int within = all;
    if (left_ == 0 && options.time) --within;
    if (left_ == 0 && options.stays) within = 1;
    const int chosen = bounded(within);
    if (chosen != 0 && (options.stays || chosen == options.threads)) --left_;
    return note(chosen);
}

int choices::which_store(int options) {
    if (way_ == way::replay) return note(written(options));
    if (way_ != way::bounded) return note(one_in(2) ? 0 : below(options));
    const int chosen = bounded(old_left_ == 0 ? 1 : options);
    if (chosen != 0) --old_left_;
    return note(chosen);
}

int choices::any_of(int options) {
    if (way_ == way::replay) return note(written(options));
    if (way_ == way::bounded) return note(bounded(options));
    return note(below(options));
}

bool choices::odd() {
    if (way_ == way::replay) return note(written(2)) != 0;
    if (way_ != way::bounded) return note(wild_ && one_in(8) ? 1 : 0) != 0;
    const int chosen = bounded(left_ == 0 ? 1 : 2);
    left_ -= chosen;
    return note(chosen) != 0;
}

bool choices::now_and_then() {
    if (way_ == way::replay) return note(written(2)) != 0;
    return note(way_ != way::bounded && wild_ && one_in(2) ? 1 : 0) != 0;
}

void choices::yielded(std::size_t thread) {
    if (way_ == way::priorities) priority_[thread] = --lowest_;
}

std::string choices::trace() const {
    std::string out;
    std::size_t zeros = 0;
    for (const std::uint8_t choice : trace_) {
        if (choice == 0) {
            ++zeros;
            continue;
        }
        write_zeros(out, zeros);
        zeros = 0;
        out += static_cast<char>('a' + choice);
    }
    return out.empty() ? "a" : out;
}

}  // namespace concur::model
